using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Colors;
using SegML.Tests.Masks;
using SkiaSharp;

namespace SegML.Tests.Images;

/// <summary>Images with more than 8 bits: their values come whole from the file into the network's input.</summary>
[TestClass]
public sealed class DeepImageTests
{
    [TestMethod]
    public void DeepPixelsTurnAsBytesDo()
    {
        using RgbaImage bytes = TestImages.Noise(37, 23, seed: 4);
        using var deep = new DeepImage(37, 23, 5);
        for (int i = 0; i < 37 * 23; i++)
        {
            for (int c = 0; c < 4; c++)
            {
                deep.Values[5 * i + c] = bytes.Pixels[4 * i + c];
            }
            deep.Values[5 * i + 4] = i;
        }
        for (SKEncodedOrigin origin = SKEncodedOrigin.TopLeft; origin <= SKEncodedOrigin.LeftBottom; origin++)
        {
            using RasterImage turned = bytes.Turn(origin), turnedDeep = deep.Turn(origin);
            Assert.AreEqual((turned.Width, turned.Height), (turnedDeep.Width, turnedDeep.Height));
            for (int i = 0; i < 37 * 23; i++)
            {
                for (int c = 0; c < 4; c++)
                {
                    Assert.AreEqual(((RgbaImage)turned).Pixels[4 * i + c], ((DeepImage)turnedDeep).Values[5 * i + c], $"{origin}, pixel {i}");
                }
            }
        }
    }

    [TestMethod]
    [DataRow(0, 1, false)]
    [DataRow(0, 1, true)]
    [DataRow(2, 3, false)]
    [DataRow(2, 3, true)]
    [DataRow(4, 2, false)]
    [DataRow(6, 4, true)]
    public void APNGOf16BitsKeepsThemAll(int kind, int channels, bool interlaced)
    {
        byte[] file = Png(13, 9, kind, interlaced);
        using RasterImage read = ImageFile.DecodeRaster(file, "deep.png");
        var deep = (DeepImage)read;
        Assert.AreEqual((13, 9, channels), (deep.Width, deep.Height, deep.Channels));
        for (int i = 0; i < deep.Values.Length; i++)
        {
            int pixel = i / channels;
            Assert.AreEqual(Sample(pixel % 13, pixel / 13, i % channels) / 65535f, deep.Values[i]);
        }
        using RgbaImage bytes = ImageFile.Decode(file, "deep.png");
        Assert.AreEqual(Sample(5, 0, 0) >> 8, bytes.Pixels[20], 1);
    }

    [TestMethod]
    public void APNGOf8BitsStaysAnImageOfBytes()
    {
        using RgbaImage noise = TestImages.Noise(7, 5, seed: 1, opaque: false);
        using RasterImage read = ImageFile.DecodeRaster(ImageFile.EncodePng(noise), "a.png");
        Assert.IsTrue(noise.Pixels.SequenceEqual(((RgbaImage)read).Pixels));
    }

    [TestMethod]
    public void DamageAndSizeAreAnImagesFaults()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Png(30, 20, 2, interlaced: false);
        Refused(folder.File("half.png", whole[..(whole.Length / 2)]), "is truncated");
        byte[] changed = [.. whole];
        changed[whole.Length / 2] ^= 0xFF;
        Refused(folder.File("changed.png", changed), "is damaged");
        Refused(folder.File("large.png", whole), "is 30x20, 600 pixels, above the limit of 599", new ImageReadOptions { MaxPixels = 599 });

        static void Refused(string path, string fault, ImageReadOptions? options = null)
        {
            string message = Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.ReadRaster(path, options)).Message;
            Assert.StartsWith($"{path} {fault}", message);
        }
    }

    [TestMethod]
    [DataRow(31, 17)]
    [DataRow(120, 90)]
    [DataRow(20, 80)]
    [DataRow(61, 45)]
    public void FloatsAreResizedAsBytesAreAndNotRounded(int width, int height)
    {
        using RgbaImage bytes = TestImages.Noise(61, 45, seed: 2, opaque: false);
        using DeepImage floats = Floats(bytes, 4);
        using RgbaImage expected = ImageResizer.Resize(bytes, width, height);
        using var resized = (DeepImage)ImageResizer.Resize((RasterImage)floats, width, height);
        for (int i = 0; i < expected.Pixels.Length; i++)
        {
            Assert.AreEqual(expected.Pixels[i], 255 * resized.Values[i], 0.501f);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Spaces))]
    public void FloatsAreTheSameInputAsTheBytesThatTheyAreSharesOf(ColorSpace space)
    {
        using RgbaImage bytes = TestImages.Noise(50, 21, seed: 3);
        using DeepImage floats = Floats(bytes, 3);
        var input = new InputOptions { ColorSpace = space };
        foreach (TensorLayout layout in Enum.GetValues<TensorLayout>())
        {
            float[] expected = new float[input.ChannelCount * 50 * 21], actual = new float[expected.Length];
            InputTensor.Fill(bytes, input, expected, layout);
            InputTensor.Fill(floats, input, actual, layout);
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.AreEqual(expected[i], actual[i], 2e-5f, $"{space} {layout} {i}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Spaces))]
    public void ValuesBetweenBytesAreConvertedByTheSpacesFormulas(ColorSpace space)
    {
        // Values of 16 bits, near those of bytes: a change of 1/65535 moves the result as the formula's slope says, within its bound.
        using var image = new DeepImage(64, 1, 3);
        var random = new Random(4);
        foreach (ref float value in image.Values)
        {
            value = random.Next(65536) / 65535f;
        }
        int channels = ColorChannel.Of(space).Count;
        float[] planes = new float[channels * 64];
        InputTensor.Fill(image, new InputOptions { ColorSpace = space, Mean = new float[channels], Std = [.. Enumerable.Repeat(1f, channels)] }, planes);
        double[] expected = new double[channels];
        float[] got = new float[channels];
        for (int x = 0; x < 64; x++)
        {
            ColorReference.FromShares(space, image.Values[3 * x], image.Values[3 * x + 1], image.Values[3 * x + 2], expected);
            for (int c = 0; c < channels; c++)
            {
                got[c] = planes[c * 64 + x];
            }
            Assert.IsLessThanOrEqualTo(2 * ColorReference.Tolerance(space), ColorReference.Difference(space, got, expected), $"{space} at {x}");
        }
    }

    [TestMethod]
    public void WhatIsLookedAtIsSpreadWhereValuesLeaveFullScale()
    {
        using var image = new DeepImage(3, 1, 1);
        float[] values = [-1000, 1000, float.NaN];
        values.CopyTo(image.Values);
        using RgbaImage shown = image.ToRgba();
        CollectionAssert.AreEqual(new byte[] { 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 255 }, shown.Pixels.ToArray());
    }

    private static IEnumerable<object[]> Spaces => Enum.GetValues<ColorSpace>().Select(s => new object[] { s });

    internal static int Sample(int x, int y, int c) => (x * 7919 + y * 104729 + c * 13007 + 0x0DFF) & 0xFFFF;

    private static byte[] Png(int width, int height, int kind, bool interlaced) => new TestPng
    {
        Width = width,
        Height = height,
        Depth = 16,
        Kind = kind,
        Interlaced = interlaced,
        Filter = -1,
        ChunkSize = 100,
        Sample = Sample,
    }.Encode();

    private static DeepImage Floats(RgbaImage image, int channels)
    {
        var floats = new DeepImage(image.Width, image.Height, channels);
        for (int i = 0; i < floats.Values.Length; i++)
        {
            floats.Values[i] = image.Pixels[i / channels * 4 + i % channels] / 255f;
        }
        return floats;
    }
}
