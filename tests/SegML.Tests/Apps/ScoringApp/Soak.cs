using System.Diagnostics;
using Microsoft.ML;
using SegML.Tests.MLNet;

namespace ScoringApp;

/// <summary>Many predictions on many threads, and what memory they leave behind.</summary>
internal static class Soak
{
    private const int Threads = 8;

    /// <summary>By how many bytes memory grew from a fifth of the predictions, by when every pool and arena is filled, to the last.</summary>
    /// <exception cref="InvalidOperationException">A prediction differs from the expected one.</exception>
    public static (long Managed, long Resident) Growth(MLContext ml, ITransformer model, Row row, string[] expected, int predictions)
    {
        Predict(ml, model, row, expected, predictions / 5);
        (long managed, long resident) = Memory();
        Predict(ml, model, row, expected, predictions - predictions / 5);
        (long managedAfter, long residentAfter) = Memory();
        return (managedAfter - managed, residentAfter - resident);
    }

    private static void Predict(MLContext ml, ITransformer model, Row row, string[] expected, int predictions)
    {
        Exception? fault = null;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            try
            {
                int count = predictions / Threads + (t < predictions % Threads ? 1 : 0);
                IDataView rows = model.Transform(ml.Data.LoadFromEnumerable(Enumerable.Repeat(row, count)));
                using DataViewRowCursor cursor = rows.GetRowCursor(rows.Schema);
                Func<string>[] columns = RowText.Of(cursor);
                while (cursor.MoveNext())
                {
                    if (!columns.Select(c => c()).SequenceEqual(expected))
                    {
                        throw new InvalidOperationException($"row {cursor.Position} of thread {t} differs");
                    }
                    count--;
                }
                if (count != 0)
                {
                    throw new InvalidOperationException($"thread {t} lacks {count} rows");
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref fault, e, null);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        if (fault is not null)
        {
            throw new InvalidOperationException("8 threads cannot share it", fault);
        }
    }

    private static (long Managed, long Resident) Memory()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return (managed, process.WorkingSet64);
    }
}
