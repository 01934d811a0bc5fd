using System.Globalization;
using SegML.Training;

namespace SegML.Cli.Quickstart;

/// <summary>A training's progress as lines of text: one a validation.</summary>
internal sealed class EpochLines(IProgress<string>? lines) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.MeanIoU is { } meanIoU)
        {
            lines?.Report(string.Create(CultureInfo.InvariantCulture,
                $"  epoch {value.Epoch}/{value.Epochs}: loss {value.Loss:0.000}, mean IoU {meanIoU:0.000} on validation scenes, {value.Remaining.TotalSeconds:0} s left"));
        }
    }
}
