using System.Buffers.Binary;
using System.Text;
using SegML.Datasets;
using SegML.ImageSharp;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.ImageSharp;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing.Processors.Quantization;

namespace SegML.Tests.Masks;

/// <summary>Masks that are no PNG: to the pixel, or refused with the reason.</summary>
[TestClass]
public sealed class MaskFormatTests
{
    private const int Width = 37, Height = 23;

    private readonly TemporaryFolder _folder = new();
    private readonly SegmentationMask _mask = TestMasks.Noise(Width, Height, seed: 11);

    // The classes' own colours, not mixed.
    private static PaletteQuantizer Exact => new(new ReadOnlyMemory<Color>([.. Enumerable.Range(0, 256).Select(i => TestMasks.Classes.ColorOf((byte)i)).Distinct()
        .Select(c => Color.FromRgb(c.R, c.G, c.B))]), new QuantizerOptions { Dither = null });

    [ClassInitialize]
    public static void Register(TestContext context) => ImageSharpFormats.Register();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DataRow("|u1", false)]
    [DataRow("<u2", false)]
    [DataRow(">u2", false)]
    [DataRow("<i4", true)]
    [DataRow(">i4", false)]
    [DataRow("<i8", true)]
    [DataRow("<u8", false)]
    public void NumPysWholeNumbersAreClassIds(string type, bool isFortran)
    {
        string path = _folder.File("a.npy", Npy(type, isFortran, $"({Height}, {Width})", Width * Height, i => Id(isFortran ? i / Height + i % Height * Width : i)));
        IsTheMask(path);
    }

    [TestMethod]
    [DataRow("<f4", "(2, 2)", 16, "is an array of <f4 (2, 2), not of whole numbers in [H, W]; save class ids as uint8")]
    [DataRow("|O", "(2, 2)", 4, "is an array of |O (2, 2), not of whole numbers")]
    [DataRow("|u1", "(2,)", 2, "is an array of |u1 (2)")]
    [DataRow("|u1", "(4, 2, 2)", 16, "is an array of |u1 (4, 2, 2)")]
    [DataRow("|u1", "(2, 2)", 3, "holds 3 bytes for an array of |u1 (2, 2)")]
    [DataRow("|u1", "(200000, 200000)", 3, "is 200000x200000, above the limit")]
    [DataRow("|u1", "(99999999999999999999, 2)", 3, "is an array of |u1 (0, 2)")]
    public void OtherArraysAreRefusedInALine(string type, string shape, int bytes, string message)
    {
        string path = _folder.File("a.npy", [.. Npy(type, false, shape, 0, _ => 0), .. new byte[bytes]]);
        Assert.Contains(message, Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path)).Message);
    }

    [TestMethod]
    public void ANumberOutsideOfTheRangeNamesItsPixel()
    {
        string path = _folder.File("a.npy", Npy("<i4", false, "(2, 3)", 6, i => i == 4 ? -1 : 0));
        Assert.Contains("holds the value -1 at (1, 1), outside of 0 to 65535; save class ids", Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path)).Message);
        path = _folder.File("b.npy", Npy("<u2", false, "(1, 2)", 2, i => i == 0 ? 24_007 : 0));
        Assert.AreEqual(24_007, MaskFile.ReadRaw(path)[0]);
    }

    [TestMethod]
    [DataRow(8)]
    [DataRow(16)]
    [DataRow(32)]
    public void ATiffsNumbersAreClassIds(int bits)
    {
        var tiff = new TestTiff { Width = Width, Height = Height, Bits = bits, Sample = (x, y, _) => Id(y * Width + x) };
        IsTheMask(_folder.File("a.tif", tiff.Encode()));
        Assert.AreEqual(bits == 8 ? 200 : 60_001, MaskFile.ReadRaw(_folder.File("b.tif", (tiff with { Sample = (_, _, _) => bits == 8 ? 200 : 60_001 }).Encode()))[5]);
    }

    [TestMethod]
    public void BmpGifAndLosslessWebpAreReadByTheirColours()
    {
        foreach ((string name, IImageEncoder encoder) in new (string, IImageEncoder)[]
            { ("a.bmp", new BmpEncoder()), ("a.gif", new GifEncoder { Quantizer = Exact }), ("a.webp", new WebpEncoder { FileFormat = WebpFileFormatType.Lossless }) })
        {
            IsTheMask(Encoded(name, encoder));
        }
    }

    [TestMethod]
    public void LossyFormatsAreRefusedWithTheReason()
    {
        using RgbaImage picture = TestImages.Noise(16, 16, seed: 1);
        ImageFile.Write(_folder.File("a.jpg"), picture);
        Refused(_folder.File("a.jpg"), "is a JPEG, which mixes class values along every edge; export the masks as PNG");
        Refused(Encoded("b.webp", new WebpEncoder { FileFormat = WebpFileFormatType.Lossy }), "is a lossy WebP, which mixes class values");
        Refused(_folder.File("c.png", "no mask at all"u8.ToArray()), "is not a PNG file; masks are PNG, NumPy .npy");

        static void Refused(string path, string message)
        {
            Assert.Contains(message, Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path)).Message);
            Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadSize(path));
        }
    }

    [TestMethod]
    public void CutFilesOfEveryFormatAreTyped()
    {
        string[] paths =
        [
            _folder.File("a.npy", Npy("|u1", false, $"({Height}, {Width})", Width * Height, Id)),
            _folder.File("a.tif", new TestTiff { Width = Width, Height = Height, Sample = (x, y, _) => Id(y * Width + x) }.Encode()),
            Encoded("a.bmp", new BmpEncoder()),
            Encoded("a.webp", new WebpEncoder { FileFormat = WebpFileFormatType.Lossless }),
        ];
        foreach (string path in paths)
        {
            byte[] whole = File.ReadAllBytes(path);
            for (int length = 1; length < whole.Length - 8; length += 1 + whole.Length / 60)
            {
                File.WriteAllBytes(path, whole[..length]);
                Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path), $"{path} cut to {length} of {whole.Length} bytes");
            }
        }
    }

    [TestMethod]
    public void ASetsMasksMayBeOfAnyOfTheFormats()
    {
        ImageFile.Write(Path.Combine(Directory.CreateDirectory(_folder.File("img")).FullName, "a.png"), TestImages.Noise(Width, Height, seed: 2));
        Directory.CreateDirectory(_folder.File("masks"));
        File.WriteAllBytes(_folder.File("masks/a.npy"), Npy("|u1", false, $"({Height}, {Width})", Width * Height, Id));
        DatasetItem item = Dataset.Pair(_folder.File("img"), _folder.File("masks")).Single();
        Assert.IsTrue(_mask.Ids.SequenceEqual(item.ReadMask(TestMasks.Classes).Ids));
        // A copy as PNG is the one that is meant.
        MaskFile.Write(_folder.File("masks/a.png"), _mask);
        Assert.AreEqual(_folder.File("masks/a.png"), Dataset.Pair(_folder.File("img"), _folder.File("masks")).Single().MaskPath);
    }

    private void IsTheMask(string path)
    {
        using SegmentationMask read = MaskFile.Read(path, TestMasks.Classes);
        Assert.IsTrue(_mask.Ids.SequenceEqual(read.Ids), path);
        Assert.AreEqual((Width, Height), MaskFile.ReadSize(path));
    }

    private int Id(int pixel) => _mask.Ids[pixel];

    private string Encoded(string name, IImageEncoder encoder)
    {
        using var image = new Image<Rgb24>(Width, Height);
        for (int i = 0; i < _mask.Ids.Length; i++)
        {
            SegML.Images.Rgb color = TestMasks.Classes.ColorOf(_mask.Ids[i]);
            image[i % Width, i / Width] = new Rgb24(color.R, color.G, color.B);
        }
        image.Save(_folder.File(name), encoder);
        return _folder.File(name);
    }

    // numpy.lib.format, version 1.0.
    private static byte[] Npy(string type, bool isFortran, string shape, int count, Func<int, int> value)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': {(isFortran ? "True" : "False")}, 'shape': {shape}, }}".PadRight(117) + "\n";
        using var file = new MemoryStream();
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header)]);
        Span<byte> number = stackalloc byte[8];
        for (int i = 0; i < count; i++)
        {
            int size = type[^1] - '0';
            if (type[0] == '>')
            {
                BinaryPrimitives.WriteInt64BigEndian(number, value(i));
                file.Write(number[^size..]);
            }
            else
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, value(i));
                file.Write(number[..size]);
            }
        }
        return file.ToArray();
    }
}
