using System.CommandLine;
using SegML.Cli.Reports;
using SegML.Files;
using SegML.Onnx.Analysis;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary><c>segml model graph</c>: a model's graph as a picture, the nodes of a module folded into one block.</summary>
internal static class GraphCommand
{
    private const int UsualSize = 224;

    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "An ONNX model, exported by SegML or by another tool." };
        Option<string> output = SharedOptions.Out("The picture to write (SVG).");
        Option<(int Width, int Height)?> size = new("--size")
        {
            Description = "The image size for shapes and costs. Default: the model's reference size.",
            HelpName = "WIDTHxHEIGHT",
            CustomParser = ExportCommand.ParseSize,
        };
        Option<int> blocks = new("--blocks") { Description = "The greatest number of blocks in the picture; modules are opened up to it.", DefaultValueFactory = _ => 40, HelpName = "N" };
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

    private static int Run(string path, string output, (int Width, int Height)? size, int blocks)
    {
        using IDisposable protection = SourceFiles.Protect([path], output);
        (int width, int height) = size ?? Reference(path);
        OnnxSummary summary = ModelCosts.Read(path, width, height, blocks);
        AtomicFile.WriteText(output, summary.ToSvg());
        Console.WriteLine($"{output}: {ModelCosts.Text(summary, width, height)}");
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
