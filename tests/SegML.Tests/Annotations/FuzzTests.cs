using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Masks;
using SegML.Tests.Fuzzing;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

/// <summary>
/// Files damaged at random in every way that text can be: each gives a mask of its image's size or one typed line.
/// </summary>
[TestClass]
public partial class FuzzTests
{
    [TestMethod]
    [DynamicData(nameof(SceneFiles.Formats), typeof(SceneFiles))]
    public void ADamagedFileIsAMaskOrATypedError(string format)
    {
        using var folder = new TemporaryFolder();
        string path = SceneFiles.Write(folder, format);
        int seed = SceneFiles.Formats.TakeWhile(f => (string)f[0] != format).Count() + 1;
        int read = FuzzRun.Of(path, seed, DamageOf, () =>
        {
            foreach (AnnotatedImage image in AnnotationFile.ReadAll(path))
            {
                SegmentationMask mask = AnnotationRasterizer.Draw(image, TestMasks.Classes, TestMasks.Drawing);
                Assert.AreEqual((image.Width, image.Height), (mask.Width, mask.Height));
                // Text without a size has its image's.
                Assert.IsTrue(format != "yolo" || (mask.Width, mask.Height) == (SceneFiles.Width, SceneFiles.Height));
            }
        });
        // Some damage does no harm: were there none, the seed itself would be wrong.
        Assert.IsGreaterThan(0, read);
    }

    [TestMethod]
    [DataRow("[")]
    [DataRow("{\"size\":")]
    [DataRow("{\"images\":[")]
    [DataRow("<annotations><image name=\"a\" width=\"4\" height=\"3\"><a>")]
    public void NestingOfTenMillionIsRefused(string opening)
    {
        using var folder = new TemporaryFolder();
        string inner = opening[0] == '<' ? "<a>" : "[";
        File.WriteAllText(folder.File("a.x"), opening + string.Concat(Enumerable.Repeat(inner, 10_000_000)));
        Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.ReadAll(folder.File("a.x")).ToList());
    }

    [TestMethod]
    public void ABitmapThatInflatesWithoutEndIsRefused()
    {
        using var folder = new TemporaryFolder();
        using var bomb = new MemoryStream();
        using (var zlib = new ZLibStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int i = 0; i < 1000; i++)
            {
                zlib.Write(new byte[1 << 16]);
            }
        }
        File.WriteAllText(folder.File("a.json"), """
            {"size":{"width":4,"height":3},"objects":[{"classTitle":"road","geometryType":"bitmap","bitmap":{"origin":[0,0],"data":"@"}}]}
            """.Replace("@", Convert.ToBase64String(bomb.ToArray())));
        AnnotationFormatException e = AnnotationFile.Read(folder.File("a.json")).Unusable.Single();
        StringAssert.Contains(e.Message, "inflates to more than");
    }

    // A picture inside text is damaged as a picture every other time, or Base64 and check sums would keep all damage from its reader.
    private static byte[] DamageOf(byte[] file, Random random)
    {
        string text = Encoding.UTF8.GetString(file).Replace("\\u002B", "+", StringComparison.Ordinal);
        Match picture = EmbeddedPng().Match(text);
        byte[] bytes = new byte[picture.Length];
        if (!picture.Success || !Convert.TryFromBase64String(picture.Value, bytes, out int length) || random.Next(2) == 0)
        {
            return Damage.Of(file, random);
        }
        bytes = bytes[..length];
        bool deflated = bytes[0] == 0x78;
        byte[] png = PngDamage.Of(deflated ? Inflate(bytes) : bytes, random);
        string damaged = Convert.ToBase64String(deflated ? TestPng.Compress(png) : png);
        return Encoding.UTF8.GetBytes(text[..picture.Index] + damaged + text[(picture.Index + picture.Length)..]);
    }

    private static byte[] Inflate(byte[] deflated)
    {
        using var zlib = new ZLibStream(new MemoryStream(deflated), CompressionMode.Decompress);
        using var inflated = new MemoryStream();
        try
        {
            zlib.CopyTo(inflated);
        }
        catch (InvalidDataException)
        {
            // Damaged before: what came out until then will do.
        }
        return inflated.ToArray();
    }

    [GeneratedRegex(@"(?<="")(?:eA|iVBOR)(?:[A-Za-z0-9+/]{4}){8,}[A-Za-z0-9+/]*={0,2}(?="")")]
    private static partial Regex EmbeddedPng();
}
