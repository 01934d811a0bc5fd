using System.CommandLine;
using System.Globalization;
using SegML.Onnx.Quantization;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Cli.Commands;

/// <summary>What <c>segml export --precision int8</c> takes beside, and what it prints.</summary>
internal sealed class QuantizationArguments
{
    private static readonly ModelQuantizationOptions Defaults = new();

    private readonly Option<string?> _pipeline = new("--calibrate")
    {
        Description = "For int8: the pipeline file with the images: train calibrates, val compares. Default: the run's own.",
        HelpName = "PIPELINE",
    };

    private readonly Option<string?> _data = SharedOptions.Data();

    private readonly Option<int> _images = new("--calibration-images")
    {
        Description = "For int8: the number of images to calibrate on.",
        DefaultValueFactory = _ => Defaults.Images,
        HelpName = "N",
    };

    private readonly Option<double> _maxLoss = new("--max-loss")
    {
        Description = "For int8: the greatest loss of mean IoU on val. Layers stay in float until it is met.",
        DefaultValueFactory = _ => Defaults.MaxLoss,
        HelpName = "SHARE",
    };

    private readonly Option<string[]> _keep = new("--keep-in-float")
    {
        Description = "For int8: a node to leave in float, by name. May be given several times.",
        HelpName = "NODE",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> _reduceRange = new("--reduce-range")
    {
        Description = "For int8: use 7 bits for weights, for x64 CPUs without VNNI.",
    };

    /// <summary>Adds the options to the command, and checks that they are for int8.</summary>
    public void AddTo(Command command, Argument<string> source, Option<ModelPrecision?> precision)
    {
        Option[] options = [_pipeline, _data, _images, _maxLoss, _keep, _reduceRange];
        Array.ForEach(options, command.Options.Add);
        command.Validators.Add(result =>
        {
            if (result.Readable(precision) != ModelPrecision.Int8)
            {
                if (options.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } other)
                {
                    result.AddError($"{other.Name} is for --precision int8");
                }
            }
            else if (result.GetValue(_pipeline) is null && !Directory.Exists(result.GetValue(source)))
            {
                result.AddError("--precision int8 of a model needs images: --calibrate PIPELINE");
            }
        });
    }

    /// <summary>Where the images are.</summary>
    public Pipeline Pipeline(ParseResult parsed, string source) =>
        PipelineFile.Read(parsed.GetValue(_pipeline) ?? Path.Combine(source, "pipeline.json"), parsed.GetValue(_data));

    /// <summary>Numbers and limits.</summary>
    public ModelQuantizationOptions Options(ParseResult parsed) => new()
    {
        Images = parsed.GetValue(_images),
        MaxLoss = parsed.GetValue(_maxLoss),
        KeepInFloat = parsed.GetValue(_keep) ?? [],
        ReduceRange = parsed.GetValue(_reduceRange),
    };

    /// <summary>Prints the comparison with the float model.</summary>
    public static void Print(ModelQuantizationReport report)
    {
        QuantizationReport int8 = report.Quantization;
        Line($"  int8 against fp32, val mean IoU {report.MeanIoU:0.0000} against {report.FloatMeanIoU:0.0000}; same class {int8.Agreement:0.00%} of the pixels of {int8.ComparedFeeds.Of("image")}");
        Line($"  size {int8.FileSize / 1e6:0.0} against {int8.FloatSize / 1e6:0.0} MB ({int8.SizeRatio:0.00}); time {int8.Milliseconds:0.0} against {int8.FloatMilliseconds:0.0} ms, in turns ({int8.LatencyRatio:0.00})");
        Line($"  {int8.Quantized.Count.Of("node")} in int8, calibrated on {int8.CalibrationFeeds.Of("image")}; in float: {(int8.KeptInFloat.Count == 0 ? "none of those that int8 has kernels for" : string.Join(", ", int8.KeptInFloat))}");
        foreach (string remark in int8.Remarks)
        {
            Line($"  {remark}");
        }

        static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
    }
}
