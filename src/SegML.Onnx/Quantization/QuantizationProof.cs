using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace SegML.Onnx.Quantization;

/// <summary>Compares candidates with the float model on the held-out feeds.</summary>
internal sealed class QuantizationProof(OnnxSession floatModel, IEnumerable<IReadOnlyDictionary<string, OrtValue>> feeds, QuantizationOptions options,
    CancellationToken cancellation)
{
    public OnnxSession FloatModel => floatModel;

    public IEnumerable<IReadOnlyDictionary<string, OrtValue>> Feeds => feeds;

    /// <summary>What a candidate loses, by the caller's measure or ours.</summary>
    public double Loss(byte[] candidate)
    {
        if (options.Loss is { } measure)
        {
            return measure(candidate);
        }
        using var session = new OnnxSession(candidate, "the candidate");
        return Compare(session).Agreement.Loss;
    }

    /// <summary>Compares and times the final model.</summary>
    /// <param name="model">The file's content.</param>
    /// <param name="path">What to call it in errors.</param>
    /// <exception cref="OnnxExportException">It is too far from the float model.</exception>
    public (Agreement Agreement, int Feeds, double FloatMilliseconds, double Milliseconds) Prove(byte[] model, string path)
    {
        using var session = new OnnxSession(model, path);
        (Agreement agreement, int count) = Compare(session);
        if (!agreement.Finite)
        {
            throw new OnnxExportException(path, "cannot be compared: it or the float model returns NaN or infinity",
                "give held-out feeds of values that the model will meet; no file was written");
        }
        if (!(agreement.SignalToNoise >= options.MinSignalToNoise && agreement.Share >= options.MinAgreement))
        {
            throw new OnnxExportException(path, string.Create(CultureInfo.InvariantCulture,
                $"would differ from the float model by {agreement.SignalToNoise:0.0} dB (at least {options.MinSignalToNoise:0.0}), with {agreement.Share:P2} of positions of the same class (at least {options.MinAgreement:P2})"),
                "set MaxLoss to have the worst nodes left in float, or calibrate with more feeds or another method; no file was written");
        }
        (double before, double after) = (0, 0);
        // Not feeds.First(): a feed may be gone when its enumeration ends.
        foreach (IReadOnlyDictionary<string, OrtValue> feed in feeds.Take(options.TimingRounds > 0 ? 1 : 0))
        {
            (before, after) = ModelTiming.InTurns(floatModel, session, feed, options.TimingRounds);
        }
        return (agreement, count, before, after);
    }

    private (Agreement Agreement, int Feeds) Compare(OnnxSession candidate)
    {
        var agreement = new Agreement();
        int count = 0;
        foreach (IReadOnlyDictionary<string, OrtValue> feed in feeds)
        {
            cancellation.ThrowIfCancellationRequested();
            count++;
            using IDisposableReadOnlyCollection<OrtValue> expected = floatModel.Run(feed, count), actual = candidate.Run(feed, count);
            agreement.Add(expected, actual);
        }
        return count > 0 ? (agreement, count)
            : throw new OnnxExportException("the held-out feeds", "are none", "give some inputs to compare on, or leave HeldOut null");
    }
}
