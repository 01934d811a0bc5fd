using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using SegML.Colors;
using SegML.Images;
using SegML.Masks;

namespace SegML.Tests.Colors;

[TestClass]
public sealed class ColorConverterTests
{
    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void ColoursAreThoseOfTheFormulas(ColorSpace space)
    {
        RgbaImage image = Palettes.Dense;
        float[] planes = Palettes.Convert(image, space);
        int channels = ColorChannel.Of(space).Count;
        Span<double> expected = stackalloc double[channels];
        Span<float> got = stackalloc float[channels];
        for (int i = 0; i < image.Width; i++)
        {
            Span<byte> pixel = image.Pixels.Slice(4 * i, 3);
            ColorReference.Convert(space, pixel[0], pixel[1], pixel[2], expected);
            for (int c = 0; c < channels; c++)
            {
                got[c] = planes[c * image.Width + i];
            }
            double difference = ColorReference.Difference(space, got, expected);
            Assert.IsLessThanOrEqualTo(ColorReference.Tolerance(space), difference,
                $"{pixel[0]} {pixel[1]} {pixel[2]}: {string.Join(' ', got.ToArray())}, not {string.Join(' ', expected.ToArray())}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void PlanesComeBackToTheSameBytes(ColorSpace space)
    {
        bool grey = ColorChannel.Of(space).Count == 1;
        RgbaImage image = grey ? Palettes.Of([.. Enumerable.Range(0, 256).Select(i => (i, i, i))]) : Palettes.Dense;
        using var back = new RgbaImage(image.Width, image.Height);
        ColorConverter.ToImage(Palettes.Convert(image, space), space, back);
        Assert.AreEqual(-1, FirstDifference(image.Pixels, back.Pixels));
    }

    // Rounded figures that textbooks, standards and colour calculators print.
    [TestMethod]
    [DataRow(ColorSpace.Lab, 255, 0, 0, 53.24, 80.09, 67.20, 0.02)]
    [DataRow(ColorSpace.Lab, 0, 255, 0, 87.73, -86.18, 83.18, 0.02)]
    [DataRow(ColorSpace.Lab, 0, 0, 255, 32.30, 79.19, -107.86, 0.02)]
    [DataRow(ColorSpace.Luv, 255, 0, 0, 53.24, 175.01, 37.75, 0.02)]
    [DataRow(ColorSpace.Lch, 255, 0, 0, 53.24, 104.55, 40.00, 0.02)]
    [DataRow(ColorSpace.Lch, 0, 0, 255, 32.30, 133.81, 306.28, 0.02)]
    [DataRow(ColorSpace.Xyz, 255, 255, 255, 0.9505, 1, 1.0891, 1e-4)]
    [DataRow(ColorSpace.Xyz, 255, 0, 0, 0.4124, 0.2126, 0.0193, 1e-4)]
    [DataRow(ColorSpace.OkLab, 255, 0, 0, 0.628, 0.2249, 0.1258, 1e-4)]
    [DataRow(ColorSpace.OkLab, 255, 255, 255, 1, 0, 0, 1e-6)]
    [DataRow(ColorSpace.Lms, 255, 255, 255, 1, 1, 1, 2e-4)]
    [DataRow(ColorSpace.LinearRgb, 188, 255, 0, 0.5029, 1, 0, 1e-4)]
    [DataRow(ColorSpace.Hsv, 0, 0, 255, 2 / 3.0, 1, 1, 1e-6)]
    [DataRow(ColorSpace.Hsl, 255, 128, 128, 0, 1, 0.751, 1e-3)]
    [DataRow(ColorSpace.YCbCr601, 255, 0, 0, 0.299, 0.3313, 1, 1e-4)]
    [DataRow(ColorSpace.YCbCr709, 0, 0, 255, 0.0722, 1, 0.4542, 1e-4)]
    [DataRow(ColorSpace.Cmyk, 255, 128, 0, 0, 0.498, 1, 1e-3)]
    [DataRow(ColorSpace.Bgr, 255, 0, 51, 0.2, 0, 1, 1e-6)]
    public void KnownColoursAreWhatIsPrintedOfThem(ColorSpace space, int r, int g, int b, double first, double second, double third, double tolerance)
    {
        using RgbaImage image = Palettes.Of((r, g, b));
        float[] color = Palettes.Convert(image, space);
        Assert.AreEqual(first, color[0], tolerance);
        Assert.AreEqual(second, color[1], tolerance);
        Assert.AreEqual(third, color[2], tolerance);
    }

    [TestMethod]
    public void GreyIsExactlyWithoutColour()
    {
        using RgbaImage greys = Palettes.Of([.. Enumerable.Range(0, 256).Select(i => (i, i, i))]);
        foreach (ColorSpace space in (ColorSpace[])[ColorSpace.Lab, ColorSpace.Luv, ColorSpace.Lch, ColorSpace.OkLab])
        {
            float[] planes = Palettes.Convert(greys, space);
            Assert.IsTrue(planes[256..].All(v => v == 0), space.ToString());
            Assert.AreEqual(0, planes[0], space.ToString());
            Assert.AreEqual(space == ColorSpace.OkLab ? 1 : 100, planes[255], 1e-4, space.ToString());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void APixelsColourDoesNotDependOnItsNeighbours(ColorSpace space)
    {
        float[] all = Palettes.Convert(Palettes.Dense, space);
        int channels = ColorChannel.Of(space).Count, pixels = Palettes.Dense.Width;
        for (int width = 1; width < 20; width++)
        {
            using var part = new RgbaImage(width, 1);
            Palettes.Dense.Pixels.Slice(4 * 9000, 4 * width).CopyTo(part.Pixels);
            float[] planes = Palettes.Convert(part, space);
            for (int c = 0; c < channels; c++)
            {
                CollectionAssert.AreEqual(all[(c * pixels + 9000)..(c * pixels + 9000 + width)], planes[(c * width)..((c + 1) * width)]);
            }
        }
    }

    // The sums were taken with AVX-512, and are the same with DOTNET_EnableAVX2=0 and DOTNET_EnableHWIntrinsic=0: whoever changes
    // a formula changes the networks that were trained with it.
    [TestMethod]
    [DataRow(ColorSpace.Rgb, 0x8F795BBEu)]
    [DataRow(ColorSpace.Bgr, 0xD891042Du)]
    [DataRow(ColorSpace.LinearRgb, 0x2A24E529u)]
    [DataRow(ColorSpace.Gray601, 0x8D412C56u)]
    [DataRow(ColorSpace.Gray709, 0x4829E617u)]
    [DataRow(ColorSpace.Hsv, 0xC9CE6041u)]
    [DataRow(ColorSpace.Hsl, 0x9657A98Bu)]
    [DataRow(ColorSpace.YCbCr601, 0xF891973Cu)]
    [DataRow(ColorSpace.YCbCr709, 0x4BB95F38u)]
    [DataRow(ColorSpace.Xyz, 0x30D850B8u)]
    [DataRow(ColorSpace.Lab, 0x674E457Du)]
    [DataRow(ColorSpace.Luv, 0xC06AC394u)]
    [DataRow(ColorSpace.Lch, 0x692639BCu)]
    [DataRow(ColorSpace.OkLab, 0x42880229u)]
    [DataRow(ColorSpace.Cmyk, 0x82143C09u)]
    [DataRow(ColorSpace.Lms, 0x0D63BBA5u)]
    public void EveryProcessorGivesTheSameNumbers(ColorSpace space, uint sum) =>
        Assert.AreEqual(sum, Crc32.HashToUInt32(MemoryMarshal.AsBytes<float>(Palettes.Convert(Palettes.Dense, space))));

    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void TheRangesAreReachedAndKept(ColorSpace space)
    {
        IReadOnlyList<ColorChannel> channels = ColorChannel.Of(space);
        float[] planes = Palettes.Convert(Palettes.Dense, space);
        int pixels = Palettes.Dense.Width;
        for (int c = 0; c < channels.Count; c++)
        {
            float[] plane = planes[(c * pixels)..((c + 1) * pixels)];
            float length = channels[c].Max - channels[c].Min;
            // Rounding aside: of the sums, and of the five decimals of LMS's matrix, whose white is 1.000004.
            Assert.IsGreaterThanOrEqualTo(channels[c].Min - 1e-5f * length, plane.Min());
            Assert.IsLessThanOrEqualTo(channels[c].Max + 1e-5f * length, plane.Max());
            Assert.IsLessThan(0.04f * length, plane.Min() - channels[c].Min, channels[c].Name);
            Assert.IsLessThan(0.04f * length, channels[c].Max - plane.Max(), channels[c].Name);
        }
    }

    [TestMethod]
    public void ColoursOutsideSrgbAreClamped()
    {
        using var image = new RgbaImage(3, 1);
        ColorConverter.ToImage([-1, 2, float.NaN, 0.5f, 0.5f, 0.5f, 300, -300, float.PositiveInfinity], ColorSpace.LinearRgb, image);
        CollectionAssert.AreEqual(new byte[] { 0, 188, 255, 255, 255, 188, 0, 255, 0, 188, 255, 255 }, image.Pixels.ToArray());
        ColorConverter.ToImage([-1, 2, 0.2f, 0.5f, 0.5f, 0.5f, 300, -300, 1], ColorSpace.Rgb, image);
        CollectionAssert.AreEqual(new byte[] { 0, 128, 255, 255, 255, 128, 0, 255, 51, 128, 255, 255 }, image.Pixels.ToArray());
    }

    [TestMethod]
    public void PlanesOfAnotherLengthAreRefused()
    {
        using var image = new RgbaImage(4, 2);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() =>
            ColorConverter.ToPlanes(image, ColorSpace.Cmyk, new float[24])).Message, "32 values in Cmyk, not 24");
        Assert.ThrowsExactly<ArgumentException>(() => ColorConverter.ToImage(new float[25], ColorSpace.Lab, image));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ColorConverter.ToPlanes(image, (ColorSpace)99, new float[24]));
    }

    [TestMethod]
    public void SpacesHaveNamesInFiles() =>
        Assert.StartsWith("\"rgb\" \"bgr\" \"linearRgb\" \"gray601\" \"gray709\" \"hsv\" \"hsl\" \"ycbcr601\" \"ycbcr709\" \"xyz\" \"lab\" \"luv\" "
            + "\"lch\" \"oklab\" \"cmyk\" \"lms\"", string.Join(' ', Enum.GetValues<ColorSpace>().Select(s => JsonSerializer.Serialize(s))));

    private static int FirstDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int same = a.CommonPrefixLength(b);
        return same == a.Length && same == b.Length ? -1 : same;
    }
}
