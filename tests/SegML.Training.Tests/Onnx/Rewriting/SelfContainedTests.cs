using SegML.Colors;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Tests.Onnx.Rewriting;

/// <summary>Models with their preprocessing inside, run without SegML, against SegML's own way with the same network.</summary>
[TestClass]
public sealed class SelfContainedTests
{
    private static readonly (int Width, int Height)[] Sizes =
        [(48, 32), (1, 1), (7, 300), (300, 7), (47, 33), (96, 64), (24, 16), (131, 77), (33, 90), (640, 427)];

    [TestMethod]
    public void ASpaceThatNeedsComputingIsRefused()
    {
        using var folder = new TemporaryFolder();
        string network = folder.File("tiny.onnx", TinyModel.Create(TinyModel.Info with { Input = new InputOptions { ColorSpace = ColorSpace.Lab } }));
        var fault = Assert.ThrowsExactly<ModelFormatException>(() => ModelConversion.Convert(network, folder.File("self.onnx"),
            new ModelConversionOptions { SelfContained = new SelfContained() }));
        StringAssert.Contains(fault.Message, "takes Lab");
        Assert.IsFalse(File.Exists(folder.File("self.onnx")));
    }

    [TestMethod]
    [DataRow(InputFit.KeepAspect, ColorSpace.Rgb, PixelLayout.Interleaved)]
    [DataRow(InputFit.KeepAspect, ColorSpace.Bgr, PixelLayout.Planar)]
    [DataRow(InputFit.Stretch, ColorSpace.Bgr, PixelLayout.Interleaved)]
    public void AnySizeGivesSegMLsMask(InputFit fit, ColorSpace space, PixelLayout layout)
    {
        using var folder = new TemporaryFolder();
        ModelInfo info = TinyModel.Info with
        {
            Input = TinyModel.Info.Input with { Fit = fit, ColorSpace = space, Mean = [0.4f, 0.5f, 0.6f], Std = [0.2f, 0.25f, 0.3f] },
        };
        string network = folder.File("tiny.onnx", TinyModel.Create(info));
        ModelConversion.Convert(network, folder.File("self.onnx"), new ModelConversionOptions { SelfContained = new SelfContained { Layout = layout } });
        using Segmenter segmenter = Segmenter.Load(network);
        using var model = new RawModel(folder.File("self.onnx"));
        foreach ((int width, int height) in Sizes)
        {
            using RgbaImage image = TestImages.Gradient(width, height), noise = TestImages.Noise(width, height, seed: width);
            byte[][] masks = model.Predict(layout == PixelLayout.Planar, image, noise);
            // In noise every pixel is a border, and in both a level more or less decides only where two channels are as large.
            Assert.IsGreaterThanOrEqualTo(0.995, RawModel.Agreement(segmenter.Predict(image), masks[0]), $"{width}x{height}");
            Assert.IsGreaterThanOrEqualTo(0.97, RawModel.Agreement(segmenter.Predict(noise), masks[1]), $"{width}x{height} noise");
        }
    }

    [TestMethod]
    [DataRow(48, 32)]
    [DataRow(31, 90)]
    public void AFixedSizeIsTheSameAndRefusesOthers(int width, int height)
    {
        using var folder = new TemporaryFolder();
        string network = folder.File("tiny.onnx", TinyModel.Create());
        var tensors = new SelfContained { Width = width, Height = height };
        ModelConversion.Convert(network, folder.File("self.onnx"), new ModelConversionOptions { SelfContained = tensors });
        Assert.AreEqual(tensors, ModelInfo.Read(folder.File("self.onnx")).SelfContained);
        using Segmenter segmenter = Segmenter.Load(network);
        using var model = new RawModel(folder.File("self.onnx"));
        using RgbaImage image = TestImages.Gradient(width, height), other = TestImages.Gradient(width + 1, height);
        Assert.IsGreaterThanOrEqualTo(0.995, RawModel.Agreement(segmenter.Predict(image), model.Predict(planar: false, image)[0]));
        Assert.ThrowsExactly<Microsoft.ML.OnnxRuntime.OnnxRuntimeException>(() => model.Predict(planar: false, other));
    }

    [TestMethod]
    [DataRow("camvid", ModelPrecision.Fp32)]
    [DataRow("camvid", ModelPrecision.Fp16)]
    [DataRow("freespace", ModelPrecision.Fp32)]
    public void OnRealFramesMasksAgree(string name, ModelPrecision precision)
    {
        using var folder = new TemporaryFolder();
        string network = Path.Combine(Repository.Root, "onnx", $"{name}-fcn-light.onnx");
        ModelConversion.Convert(network, folder.File("self.onnx"), new ModelConversionOptions { Precision = precision, SelfContained = new SelfContained() });
        using Segmenter segmenter = Segmenter.Load(network);
        using var model = new RawModel(folder.File("self.onnx"));
        double least = 1;
        foreach (RgbaImage frame in RealFrames.Read(2))
        {
            using (frame)
            {
                foreach ((int width, int height) in ((int, int)[])[(480, 360), (320, 240), (1001, 747), (375, 500)])
                {
                    using RgbaImage image = ImageResizer.Resize(frame, width, height);
                    double agreement = RawModel.Agreement(segmenter.Predict(image), model.Predict(planar: false, image)[0]);
                    Assert.IsGreaterThanOrEqualTo(0.999, agreement, $"{width}x{height}");
                    least = Math.Min(least, agreement);
                }
            }
        }
        Console.WriteLine($"{name} {precision}: {least:P4}");
    }

    [TestMethod]
    public void TheModelSaysWhatItIsAndKeepsWhatItWas()
    {
        using var folder = new TemporaryFolder();
        string network = folder.File("tiny.onnx", TinyModel.Create());
        ModelConversion.Convert(network, folder.File("self.onnx"), new ModelConversionOptions { SelfContained = new SelfContained() });
        ModelInfo before = ModelInfo.Read(network), after = ModelInfo.Read(folder.File("self.onnx"));
        Assert.AreEqual(before.Name, after.Name);
        CollectionAssert.AreEqual(before.Classes.Names.ToArray(), after.Classes.Names.ToArray());
        Assert.AreEqual("self-contained", (string)after.Rewriting![0]!["step"]!);
        Assert.AreEqual("tiny.onnx", (string)after.Rewriting[0]!["source"]!);
        Assert.AreEqual(64, ((string)after.Rewriting[0]!["sha256"]!).Length);
        Assert.Contains("give the model that it was made from",
            Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(folder.File("self.onnx"))).Message);
    }
}
