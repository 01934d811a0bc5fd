using SegML.Pipelines;
using SegML.Scenes.Roads;

namespace SegML.Cli.Quickstart;

/// <summary>The quickstart's pipeline file.</summary>
internal static class QuickstartTask
{
    public static Pipeline Create(QuickstartOptions options) => new()
    {
        Name = "quickstart",
        Classes = SceneClasses.Create(),
        Data = new DataOptions
        {
            Root = "data",
            Splits = ((string[])["train", "val", "test"]).ToDictionary(
                split => split, split => new SplitOptions { Images = $"{split}/images", Masks = $"{split}/masks" }),
        },
        Input = new InputOptions { Width = options.Width, Height = options.Height },
        Network = new NetworkOptions { Name = "fcn-light" },
        Training = new TrainingOptions
        {
            Epochs = options.Epochs,
            Seed = options.Seed,
            BatchSize = 4,
            LearningRate = 3e-3,
            WarmUpIterations = 60,
            // The run is short: an average over 1000 iterations would still hold early weights at its end.
            Ema = 0.995,
            // Also keeps the logits small, and with them the rounding differences between TorchSharp and ONNX Runtime.
            LabelSmoothing = 0.05,
            ClassWeights = ClassWeighting.None,
            ValidateEvery = Math.Max(1, options.Epochs / 6),
            Augmentation = new AugmentationOptions { ScaleMin = 0.9, ScaleMax = 1.25, Brightness = 0.05, Contrast = 0.1, Saturation = 0.1, ChannelGain = 0.03 },
        },
    };
}
