using System.CommandLine;
using System.Globalization;
using SegML.Files;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary><c>segml graph</c>: a model's graph as a picture, the nodes of a module folded into one block.</summary>
internal static class GraphCommand
{
    private const int UsualSize = 224;

    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "An ONNX model, of SegML or not." };
        Option<string> output = SharedOptions.Out("The picture to write (SVG).");
        Option<(int Width, int Height)?> size = new("--size")
        {
            Description = "The image size that shapes and costs are for; by default the model's own reference size.",
            HelpName = "WIDTHxHEIGHT",
            CustomParser = ExportCommand.ParseSize,
        };
        Option<int> blocks = new("--blocks") { Description = "Open modules as long as there are no more blocks than this.", DefaultValueFactory = _ => 40, HelpName = "N" };
        var command = new Command("graph", "Draw a model's graph with shapes, parameters and multiply-adds.") { model, output, size, blocks };
        blocks.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--blocks is not above 0");
            }
        });
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(output)!, parsed.GetValue(size), parsed.GetValue(blocks)));
        return command;
    }

    /// <summary>What a model costs at an image size.</summary>
    public static OnnxSummary Summary(string path, int width, int height, int blocks = 40)
    {
        try
        {
            return OnnxSummary.Read(path, new Dictionary<string, long> { ["H"] = height, ["W"] = width }, blocks);
        }
        catch (OnnxExportException e)
        {
            throw new ModelFormatException(e.Subject, e.Fault, e.Fix, e);
        }
    }

    /// <summary>The costs as one line: <c>1.32 M parameters, 1.57 G multiply-adds and 34.2 MB of activations at 480x360</c>.</summary>
    public static string Costs(OnnxSummary summary, int width, int height) => string.Create(CultureInfo.InvariantCulture,
        $"{summary.Parameters / 1e6:0.00} M parameters; at {width}x{height} {summary.Macs / 1e9:0.00} G multiply-adds and {summary.PeakActivationBytes / 1e6:0.0} MB of activations");

    private static int Run(string path, string output, (int Width, int Height)? size, int blocks)
    {
        (int width, int height) = size ?? Reference(path);
        OnnxSummary summary = Summary(path, width, height, blocks);
        AtomicFile.WriteText(output, summary.ToSvg());
        Console.WriteLine($"{output}: {Costs(summary, width, height)}");
        return ExitCode.Done;
    }

    private static (int Width, int Height) Reference(string path)
    {
        try
        {
            ModelInfo info = ModelInfo.Read(path);
            return (info.Input.Width, info.Input.Height);
        }
        catch (SegMLException)
        {
            return (UsualSize, UsualSize); // Any model has a graph, and the summary says what is wrong with a file that is none.
        }
    }
}
