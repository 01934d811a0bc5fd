using SegML.Images;
using SegML.Tests.Masks;
using SkiaSharp;

namespace SegML.Tests.Images;

[TestClass]
public class DamagedImageTests
{
    public static IEnumerable<object[]> Files()
    {
        using RgbaImage image = TestImages.Gradient(120, 90);
        using RgbaImage noise = TestImages.Noise(60, 40, seed: 3);
        byte[] jpeg = ImageFile.EncodeJpeg(image);
        yield return ["PNG", ImageFile.EncodePng(image)];
        yield return ["PNG of noise", ImageFile.EncodePng(noise)];
        yield return ["interlaced PNG", new TestPng { Width = 40, Height = 30, Kind = 2, Interlaced = true, Sample = (x, y, c) => x * y + c & 255 }.Encode()];
        yield return ["JPEG", jpeg];
        yield return ["JPEG of noise", ImageFile.EncodeJpeg(noise, 100)];
        // A thumbnail has an end marker of its own, which is not the file's.
        yield return ["JPEG with thumbnail", Jpeg.WithSegment(jpeg, [.. "Exif\0\0"u8, .. ImageFile.EncodeJpeg(noise)])];
        yield return ["WebP", Encode(image, SKEncodedImageFormat.Webp, 80)];
        yield return ["lossless WebP", Encode(image, SKEncodedImageFormat.Webp, 100)];
        yield return ["BMP", Bmp(31, 20)];
    }

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void ATruncatedFileIsRefusedWhereverItIsCut(string kind, byte[] file)
    {
        using (RgbaImage whole = ImageFile.Decode(file, kind))
        {
            Assert.IsGreaterThan(1, whole.Width);
        }
        int step = Math.Max(1, file.Length / 150);
        foreach (int length in Enumerable.Range(0, file.Length).Where(i => i % step == 0 || i > file.Length - 20))
        {
            var e = Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Decode(file.AsSpan(0, length), "cut.img").Dispose(), $"{kind}: {length} of {file.Length}");
            StringAssert.StartsWith(e.Message, "cut.img is ");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void BytesAfterTheEndDoNoHarm(string kind, byte[] file) =>
        ImageFile.Decode([.. file, .. new byte[100]], kind).Dispose();

    [TestMethod]
    public void AChangedByteOfAPNGNeverChangesPixelsSilently()
    {
        using RgbaImage image = TestImages.Noise(9, 7, seed: 1);
        byte[] file = ImageFile.EncodePng(image);
        int refused = 0;
        for (int i = 0; i < file.Length; i++)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 0x21;
            refused += SameOrRefused(damaged, image) ? 0 : 1;
        }
        Assert.IsGreaterThan(file.Length * 9 / 10, refused, "only chunks that do not matter may be damaged");
    }

    [TestMethod]
    public void AGIFThatIsCutIsRefusedUnlessAllPixelsAreThere()
    {
        byte[] file = Gif(40, 30);
        using RgbaImage whole = ImageFile.Decode(file, "whole");
        Assert.AreEqual((40, 30), (whole.Width, whole.Height));
        for (int length = 0; length < file.Length - 10; length += 7)
        {
            Assert.IsFalse(SameOrRefused(file[..length], whole), $"{length} of {file.Length}");
        }
        SameOrRefused(file[..^1], whole);
    }

    // True: it decodes to the same pixels. False: it is refused. Anything else fails.
    private static bool SameOrRefused(byte[] file, RgbaImage expected)
    {
        try
        {
            using RgbaImage read = ImageFile.Decode(file, "damaged");
            Assert.IsTrue(expected.Pixels.SequenceEqual(read.Pixels), "decoded to other pixels");
            return true;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    // 128 greys; 8-bit codes that are literals, and a clear code often enough that they stay 8 bits.
    private static byte[] Gif(int width, int height)
    {
        byte[] size = [(byte)width, 0, (byte)height, 0];
        var codes = new List<byte>();
        for (int i = 0; i < width * height; i++)
        {
            if (i % 120 == 0)
            {
                codes.Add(0x80);
            }
            codes.Add((byte)(i * 7 % 128));
        }
        codes.Add(0x81);
        return
        [
            .. "GIF89a"u8, .. size, 0xF6, 0, 0, .. Enumerable.Range(0, 384).Select(i => (byte)(i / 3 * 2)),
            0x2C, 0, 0, 0, 0, .. size, 0, 7, .. codes.Chunk(255).SelectMany(block => (byte[])[(byte)block.Length, .. block]), 0, 0x3B,
        ];
    }

    private static byte[] Encode(RgbaImage image, SKEncodedImageFormat format, int quality)
    {
        using SKData pixels = SKData.CreateCopy(image.Pixels.ToArray());
        using SKImage picture = SKImage.FromPixels(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
        using SKData data = picture.Encode(format, quality);
        return data.ToArray();
    }

    private static byte[] Bmp(int width, int height)
    {
        int stride = (width * 3 + 3) / 4 * 4;
        var file = new List<byte>();
        file.AddRange("BM"u8);
        foreach (int number in new[] { 54 + stride * height, 0, 54, 40, width, height, 1 | 24 << 16, 0, stride * height, 2835, 2835, 0, 0 })
        {
            file.AddRange(BitConverter.GetBytes(number));
        }
        file.AddRange(Enumerable.Range(0, stride * height).Select(i => (byte)i));
        return [.. file];
    }
}
