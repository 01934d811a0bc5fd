using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Colors;
using SegML.Images;
using SegML.ImageSharp;
using SegML.MLNet;
using SegML.Tests.Colors;

namespace SegML.Tests.ImageSharp;

[TestClass]
public sealed class ImageSharpColorTests
{
    public TestContext TestContext { get; set; } = null!;

    // What src/SegML.ImageSharp/README.md says.
    [TestMethod]
    [DataRow(ColorSpace.LinearRgb, 1e-6)]
    [DataRow(ColorSpace.Hsv, 1e-6)]
    [DataRow(ColorSpace.Hsl, 2e-6)]
    [DataRow(ColorSpace.YCbCr601, 2e-3)]
    [DataRow(ColorSpace.Xyz, 1e-6)]
    [DataRow(ColorSpace.Lab, 2e-4)]
    [DataRow(ColorSpace.Luv, 2e-4)]
    [DataRow(ColorSpace.Lch, 2e-4)]
    [DataRow(ColorSpace.Cmyk, 1e-6)]
    [DataRow(ColorSpace.Lms, 1e-6)]
    public void BothConvertAlike(ColorSpace space, double tolerance)
    {
        RgbaImage image = Palettes.Dense;
        int channels = ColorChannel.Of(space).Count, pixels = image.Width;
        float[] ours = Palettes.Convert(image, space), theirs = new float[ours.Length];
        ImageSharpColor.ToPlanes(image, space, theirs);
        double most = 0;
        float[] got = new float[channels];
        double[] expected = new double[channels];
        string where = "";
        for (int i = 0; i < pixels; i++)
        {
            for (int c = 0; c < channels; c++)
            {
                got[c] = theirs[c * pixels + i];
                expected[c] = ours[c * pixels + i];
            }
            double difference = ColorReference.Difference(space, got, expected);
            if (difference > most)
            {
                most = difference;
                string color = string.Join(' ', image.Pixels.Slice(4 * i, 3).ToArray());
                where = $"{color}: {string.Join(' ', got)}, not {string.Join(' ', expected)}";
            }
        }
        TestContext.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{space} differs by {most:0.0e+00} at {where}"));
        Assert.IsLessThanOrEqualTo(tolerance, most, where);
    }

    [TestMethod]
    public void ItConvertsForMLNet()
    {
        var ml = new MLContext(seed: 1);
        using MLImage image = MLImage.CreateFromPixels(Palettes.Dense.Width, 1, MLPixelFormat.Rgba32, Palettes.Dense.Pixels);
        IDataView data = ml.Data.LoadFromEnumerable([new Row { Image = image }]);
        float[] planes = ml.Transforms.ConvertColor("Planes", "Image", ColorSpace.Xyz, ImageSharpColor.ToPlanes).Fit(data).Transform(data)
            .GetColumn<float[]>("Planes").Single(), expected = new float[planes.Length];
        ImageSharpColor.ToPlanes(Palettes.Dense, ColorSpace.Xyz, expected);
        CollectionAssert.AreEqual(expected, planes);
    }

    [TestMethod]
    public void ASpaceThatImageSharpLacksIsRefused() =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() =>
            ImageSharpColor.ToPlanes(Palettes.Dense, ColorSpace.OkLab, new float[3 * Palettes.Dense.Width])).Message, "no OkLab");

    private sealed class Row
    {
        [AnySizeImage]
        public MLImage? Image { get; set; }
    }
}
