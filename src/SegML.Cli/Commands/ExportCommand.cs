using System.CommandLine;
using System.Globalization;
using SegML.Onnx;
using SegML.Training;

namespace SegML.Cli.Commands;

/// <summary><c>segml export</c>: a run's best checkpoint to ONNX, proved equal before the file gets its name.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "A folder written by segml train." };
        Option<string> output = SharedOptions.Out("The ONNX file to write.");
        var command = new Command("export", "Export a run's best checkpoint to ONNX and check it against TorchSharp.") { run, output };
        command.SetAction(parsed => Run(parsed.GetValue(run)!, parsed.GetValue(output)!));
        return command;
    }

    private static int Run(string run, string path)
    {
        OnnxExportReport report = ModelExport.Export(run, path);
        Print(report, path);
        return ExitCode.Done;
    }

    /// <summary>Prints the parity table.</summary>
    public static void Print(OnnxExportReport report, string path)
    {
        Console.WriteLine($"{path}: {report.Parameters / 1e6:0.00} M parameters, {new FileInfo(path).Length / 1e6:0.0} MB");
        foreach (ShapeParity shape in report.Shapes)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  parity [{string.Join(", ", shape.InputShape)}]  max |difference| {shape.MaxDifference:0.0e+00}  argmax {shape.ArgmaxAgreement:0.00%}"));
        }
    }
}
