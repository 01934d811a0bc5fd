using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.MLNet;

[TestClass]
public sealed class DrawSegmentationTests : EstimatorContract<DrawSegmentationTests.Input, DrawSegmentationTests.Output>
{
    private static readonly OverlayOptions Look = new() { Opacity = 0.3, Legend = false };

    protected override string InputColumnName => nameof(Input.Image);

    protected override string OutputColumnName => nameof(Output.Overlay);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => RowOf(i, 20 + 3 * i, 30 - i))];

    protected override Input BadRow => new() { Image = TestImages.MLNoise(8, 8, seed: 0), Mask = TestMasks.Noise(8, 9, seed: 1) };

    [TestMethod]
    public void TheColumnHoldsWhatOverlayDrawsAndTheImageStays()
    {
        Input row = RowOf(1, 40, 30);
        using RgbaImage image = MLImagePixels.ToRgba(row.Image!), expected = Overlay.Draw(image, row.Mask!, Look);
        IDataView data = Load(row);
        Output output = ML.Data.CreateEnumerable<Output>(Create("Image").Fit(data).Transform(data), reuseRowObject: false).Single();
        using RgbaImage drawn = MLImagePixels.ToRgba(output.Overlay!);
        Assert.IsTrue(expected.Pixels.SequenceEqual(drawn.Pixels));
        using RgbaImage after = MLImagePixels.ToRgba(row.Image!);
        Assert.IsTrue(image.Pixels.SequenceEqual(after.Pixels));
    }

    [TestMethod]
    public void PathsAreDrawnOverToo()
    {
        Input row = RowOf(2, 33, 21);
        string path = Folder.File("image.png");
        using RgbaImage image = MLImagePixels.ToRgba(row.Image!), expected = Overlay.Draw(image, row.Mask!, Look);
        ImageFile.Write(path, image);
        IDataView data = ML.Data.LoadFromEnumerable([new PathRow { ImagePath = path, Mask = row.Mask }]);
        Output output = ML.Data.CreateEnumerable<Output>(Create("ImagePath").Fit(data).Transform(data), reuseRowObject: false).Single();
        using RgbaImage drawn = MLImagePixels.ToRgba(output.Overlay!);
        Assert.IsTrue(expected.Pixels.SequenceEqual(drawn.Pixels));
    }

    [TestMethod]
    public void AnOpacityOutOfRangeIsRefusedAtOnce() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(
        () => ML.Transforms.DrawSegmentation("Overlay", options: new OverlayOptions { Opacity = 2 }));

    protected override IEstimator<ITransformer> Create(string inputColumnName) =>
        ML.Transforms.DrawSegmentation("Overlay", inputColumnName, "Mask", Look);

    protected override string Print(Output output) =>
        $"{output.Overlay!.Width}x{output.Overlay.Height} {Convert.ToHexString(SHA256.HashData(output.Overlay.Pixels))}";

    protected override IEstimator<ITransformer> FromFiles(Input row, ref string imagePath, ref string maskPath)
    {
        MaskFile.Write(maskPath, row.Mask!);
        using (RgbaImage image = MLImagePixels.ToRgba(row.Image!))
        {
            ImageFile.Write(imagePath, image);
        }
        return ML.Transforms.LoadMasks("Mask", "MaskPath", TestMasks.Classes).Append(ML.Transforms.LoadImages("Image", imageFolder: null, "ImagePath"));
    }

    private static Input RowOf(int id, int width, int height) =>
        new() { Id = id, Image = TestImages.MLNoise(width, height, id), Mask = TestMasks.Noise(width, height, id) };

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        [AnySizeImage]
        public MLImage? Image { get; set; }

        public SegmentationMask? Mask { get; set; }
    }

    public sealed class PathRow
    {
        public string ImagePath { get; set; } = "";

        public SegmentationMask? Mask { get; set; }
    }

    public sealed class Output
    {
        [AnySizeImage]
        public MLImage? Overlay { get; set; }
    }
}
