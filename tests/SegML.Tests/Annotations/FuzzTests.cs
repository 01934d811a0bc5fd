using System.Globalization;
using System.Text;
using SegML.Annotations;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

/// <summary>
/// Files damaged at random in every way that text can be: each gives a mask of its image's size or one typed line. Set
/// SEGML_FUZZ to a number of files a format for a longer run, which also holds each file to a second.
/// </summary>
[TestClass]
public class FuzzTests
{
    private const long MostBytes = 512L << 20;

    private static readonly string[] _numbers = ["0", "-1", "1e999", "NaN", "1e18", "-1e300", "4294967296", "99999", "0.5", "null", "\"x\"", "[]", "{}"];

    [TestMethod]
    [DynamicData(nameof(SceneFiles.Formats), typeof(SceneFiles))]
    public void A_damaged_file_is_a_mask_or_a_typed_error(string format)
    {
        bool longRun = int.TryParse(Environment.GetEnvironmentVariable("SEGML_FUZZ"), CultureInfo.InvariantCulture, out int files);
        using var folder = new TemporaryFolder();
        string path = SceneFiles.Write(folder, format);
        byte[] seed = File.ReadAllBytes(path);
        var random = new Random(format.Length + 1);
        int read = 0;
        for (int i = 0; i < (longRun ? files : 500); i++)
        {
            byte[] damaged = seed;
            for (int n = random.Next(1, 5); n > 0; n--)
            {
                damaged = Damage(damaged, random);
            }
            File.WriteAllBytes(path, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var clock = System.Diagnostics.Stopwatch.StartNew();
            try
            {
                foreach (AnnotatedImage image in AnnotationFile.ReadAll(path))
                {
                    SegmentationMask mask = AnnotationRasterizer.Draw(image, TestMasks.Classes);
                    Assert.AreEqual((image.Width, image.Height), (mask.Width, mask.Height));
                    read++;
                }
            }
            catch (AnnotationFormatException e)
            {
                Assert.DoesNotContain("\n", e.Message);
            }
            catch (Exception e) when (e is not AssertFailedException)
            {
                Assert.Fail($"file {i}: {e}\n{Encoding.UTF8.GetString(damaged)}");
            }
            Assert.IsLessThan(MostBytes, GC.GetAllocatedBytesForCurrentThread() - before, $"file {i}");
            Assert.IsTrue(!longRun || clock.Elapsed.TotalSeconds < 1, $"file {i} took {clock.Elapsed.TotalSeconds} s\n{Encoding.UTF8.GetString(damaged)}");
        }
        // Some damage does no harm: were there none, the seed itself would be wrong.
        Assert.IsGreaterThan(0, read);
    }

    [TestMethod]
    [DataRow("[")]
    [DataRow("{\"size\":")]
    [DataRow("{\"images\":[")]
    [DataRow("<annotations><image name=\"a\" width=\"4\" height=\"3\"><a>")]
    public void Nesting_of_ten_million_is_refused(string opening)
    {
        using var folder = new TemporaryFolder();
        string inner = opening[0] == '<' ? "<a>" : "[";
        File.WriteAllText(folder.File("a.x"), opening + string.Concat(Enumerable.Repeat(inner, 10_000_000)));
        Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.ReadAll(folder.File("a.x")).ToList());
    }

    [TestMethod]
    public void A_bitmap_that_inflates_without_end_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var bomb = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(bomb, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int i = 0; i < 1000; i++)
            {
                zlib.Write(new byte[1 << 16]);
            }
        }
        File.WriteAllText(folder.File("a.json"), """
            {"size":{"width":4,"height":3},"objects":[{"classTitle":"road","geometryType":"bitmap","bitmap":{"origin":[0,0],"data":"@"}}]}
            """.Replace("@", Convert.ToBase64String(bomb.ToArray())));
        var e = Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.Read(folder.File("a.json")));
        StringAssert.Contains(e.Message, "inflates to more than");
    }

    private static byte[] Damage(byte[] file, Random random)
    {
        if (file.Length == 0)
        {
            return [(byte)random.Next(256)];
        }
        int at = random.Next(file.Length), length = Math.Min(file.Length - at, 1 + random.Next(random.Next(2) == 0 ? 4 : 60));
        switch (random.Next(6))
        {
            case 0:
                byte[] flipped = [.. file];
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1:
                return [.. file[..at], .. file[(at + length)..]];
            case 2:
                return [.. file[..(at + length)], .. file[at..]];
            case 3:
                return file[..at];
            case 4:
                return [.. file[..at], .. Encoding.UTF8.GetBytes(_numbers[random.Next(_numbers.Length)]), .. file[at..]];
            default:
                // Another number in place of one.
                int start = Array.FindIndex(file, at, b => b is >= (byte)'0' and <= (byte)'9');
                if (start < 0)
                {
                    return file;
                }
                int end = Array.FindIndex(file, start, b => b is not (>= (byte)'0' and <= (byte)'9'));
                return [.. file[..start], .. Encoding.UTF8.GetBytes(_numbers[random.Next(_numbers.Length)]), .. file[(end < 0 ? file.Length : end)..]];
        }
    }
}
