using System.Globalization;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Models;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

/// <summary>
/// A network that cannot learn one image by heart has a fault, or its training has; and what it has learned is what its exported model knows. The quick
/// networks run always, all of them where SEGML_EVERY_NETWORK is 1 or names them.
/// </summary>
[TestClass]
public sealed class OneImageTests
{
    private const int Width = 64, Height = 48, Step = 60;

    private static readonly string[] Quick = ["fcn-small"];

    public static IEnumerable<object[]> EveryNetwork => NetworkCatalog.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(EveryNetwork))]
    public void OneImageIsLearnedByHeartAndExported(string name)
    {
        if (!Quick.Contains(name) && !Asked.For("SEGML_EVERY_NETWORK", name))
        {
            Assert.Inconclusive("skipped: takes up to a minute; set SEGML_EVERY_NETWORK=1, or to names with commas between");
        }
        int most = Quick.Contains(name) ? 240 : 600;
        using var folder = new TemporaryFolder();
        Pipeline pipeline = BoxScenes.Pipeline with
        {
            Input = new InputOptions { Width = Width, Height = Height },
            Network = new NetworkOptions { Name = name },
            Training = new TrainingOptions
            {
                Epochs = most / Step,
                IterationsPerEpoch = Step,
                BatchSize = 2,
                ValidateEvery = 1,
                LabelSmoothing = 0,
                WarmUpIterations = 20,
                Ema = 0.95,
                EarlyStopping = new EarlyStoppingOptions { Patience = 3 },
                Augmentation = new AugmentationOptions
                {
                    ScaleMin = 1,
                    ScaleMax = 1,
                    Flip = 0,
                    Brightness = 0,
                    Contrast = 0,
                    Saturation = 0,
                    ChannelGain = 0,
                },
            },
        };
        SampleSource one = BoxScenes.Source(1, width: Width, height: Height);
        TrainingResult result = Trainer.Train(pipeline, one, one, folder.Path, new TrainerOptions { Device = ComputeDevice.Cpu, SamplesEvery = 0 });
        ModelExport.Export(folder.Path, folder.File("one.onnx"));
        using Segmenter segmenter = Segmenter.Load(folder.File("one.onnx"));
        (RgbaImage image, SegmentationMask truth) = BoxScenes.Draw(1000, Width, Height);
        using (image)
        {
            var exported = new SegmentationEvaluator(pipeline.Classes);
            exported.Add(truth, segmenter.Predict(image));
            SegmentationMetrics metrics = exported.ToMetrics();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {metrics.PixelAccuracy:0.00%} of the pixels in {result.BestEpoch * Step} steps, "
                + $"{result.Elapsed.TotalSeconds:0} s; mean IoU exported {metrics.MeanIoU:0.00000}, of the run {result.BestMeanIoU:0.00000}"));
            Assert.IsGreaterThanOrEqualTo(0.99, metrics.PixelAccuracy);
            Assert.AreEqual(result.BestMeanIoU, metrics.MeanIoU, 0.0005);
        }
    }
}
