using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Training;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Tests.Onnx.Rewriting;

/// <summary>Self-contained models in an app of stock ML.NET, without any assembly of SegML's, against SegML's own transformer.</summary>
[TestClass]
public sealed class StockChainTests
{
    [TestMethod]
    [DataRow("camvid-fcn-light", PixelLayout.Interleaved, ModelPrecision.Fp32)]
    [DataRow("camvid-fcn-light", PixelLayout.Planar, ModelPrecision.Fp16)]
    [DataRow("camvid-fcn-light-int8", PixelLayout.Interleaved, ModelPrecision.Int8)]
    public void OnDrawnImagesMasksAreTheSame(string model, PixelLayout layout, ModelPrecision precision)
    {
        using var folder = new TemporaryFolder();
        string[] images = [.. Enumerable.Range(0, 2).Select(i => folder.File($"{i}.png"))];
        for (int i = 0; i < images.Length; i++)
        {
            (RgbaImage image, _) = BoxScenes.Draw(i, 480 + 70 * i, 360 + 31 * i);
            using (image)
            {
                ImageFile.Write(images[i], image);
            }
        }
        Compare(folder, images, model, layout, precision);
    }

    [TestMethod]
    public void OnRealFramesMasksAreTheSame()
    {
        using var folder = new TemporaryFolder();
        Compare(folder, RealFrames.Paths(4), "camvid-fcn-light", PixelLayout.Interleaved, ModelPrecision.Fp32);
    }

    private static void Compare(TemporaryFolder folder, string[] images, string model, PixelLayout layout, ModelPrecision precision)
    {
        const int Width = 480, Height = 360;
        string network = Path.Combine(Repository.Root, "onnx", model + ".onnx");
        if (precision == ModelPrecision.Fp16)
        {
            // The transformer gets the 16-bit network too.
            string half = folder.File("network.onnx");
            ModelConversion.Convert(network, half, new ModelConversionOptions { Precision = precision });
            network = half;
        }
        ModelConversion.Convert(network, folder.File("self.onnx"), new ModelConversionOptions
        {
            SelfContained = new SelfContained { Layout = layout, Width = Width, Height = Height },
        });
        byte[][] theirs = StockApp(folder, Width, Height, layout, images);

        var ml = new MLContext();
        IDataView photos = ml.Data.LoadFromEnumerable(images.Select(i => new Photo { ImagePath = i }));
        var chain = ml.Transforms.LoadImages("image", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.ResizeImages("image", Width, Height, "image", ImageResizingEstimator.ResizingKind.Fill))
            .Append(ml.Transforms.ApplySegmentationModel("mask", "image", network));
        SegmentationMask[] ours = [.. chain.Fit(photos).Transform(photos).GetColumn<SegmentationMask>("mask")];
        for (int i = 0; i < images.Length; i++)
        {
            Assert.IsGreaterThanOrEqualTo(0.9999, RawModel.Agreement(ours[i], theirs[i]), images[i]);
        }
    }

    private static byte[][] StockApp(TemporaryFolder folder, int width, int height, PixelLayout layout, string[] images)
    {
        string[] ours = [.. Directory.EnumerateFiles(AppProcess.Folder("StockApp"), "*.dll", SearchOption.AllDirectories).Select(f => Path.GetFileName(f))
            .Where(f => f.Contains("SegML", StringComparison.OrdinalIgnoreCase))];
        Assert.IsEmpty(ours, string.Join(" ", ours));
        string assemblies = AppProcess.Run("StockApp",
        [
            folder.File("self.onnx"), $"{width}", $"{height}", layout == PixelLayout.Planar ? "planar" : "interleaved", folder.File("chain.zip"),
            folder.File("masks.bin"), .. images,
        ])[^1];
        Assert.Contains("Microsoft.ML.OnnxTransformer", assemblies);
        Assert.DoesNotContain("SegML", assemblies);
        byte[][] masks = [.. File.ReadAllBytes(folder.File("masks.bin")).Chunk(width * height)];
        Assert.HasCount(images.Length, masks);
        return masks;
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }
}
