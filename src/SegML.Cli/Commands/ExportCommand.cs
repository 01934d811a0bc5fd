using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SegML.Cli.Serving;
using SegML.Cli.Terminal;
using SegML.Images;
using SegML.Onnx;
using SegML.Onnx.Rewriting;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Cli.Commands;

/// <summary><c>segml export</c>: a run's best checkpoint, or a model exported before, to the ONNX file that is deployed.</summary>
internal static class ExportCommand
{
    private const int MostImages = 8;

    public static Command Create()
    {
        var source = new Argument<string>("source") { Description = "A folder written by segml train, with --folds too, or an ONNX file written by segml export." };
        var output = new Option<string?>("--out") { Description = "The ONNX file to write. May be left out with --web.", HelpName = "PATH" };
        var precision = new Option<ModelPrecision?>("--precision")
        {
            Description = "What the network computes in. Default: fp32.",
            HelpName = "fp32|fp16|int8",
        };
        var contained = new Option<bool>("--self-contained")
        {
            Description = "Put pre- and postprocessing into the model: uint8 RGB image in, uint8 mask out.",
        };
        var planar = new Option<bool>("--planar") { Description = "With --self-contained: the image as [N, 3, H, W] instead of [N, H, W, 3]." };
        var size = new Option<(int Width, int Height)?>("--size")
        {
            Description = "The one size of the network, for runtimes without dynamic shapes; with --self-contained that of the images. Default: any.",
            HelpName = "WIDTHxHEIGHT",
            CustomParser = ParseSize,
        };
        var opset = new Option<int?>("--opset")
        {
            Description = "For a run: the ONNX operator set. Default: 18.",
            HelpName = $"{OnnxExporter.MinOpset}..{OnnxExporter.MaxOpset}",
        };
        var tolerance = new Option<double?>("--tolerance")
        {
            Description = "For a run: the largest difference from TorchSharp that passes, as a share of the largest logit; 1e-4 when left out.",
            HelpName = "SHARE",
        };
        var sameClass = new Option<double?>("--min-same-class")
        {
            Description = "For a run: the least share of pixels whose class has to be TorchSharp's; 0.9999 when left out.",
            HelpName = "SHARE",
        };
        var merge = new Option<string?>("--merge-into")
        {
            Description = "For a run: a pipeline file whose classes list the run's classes under \"from\". The model has those classes.",
            HelpName = "PIPELINE",
        };
        var images = new Option<string?>("--images")
        {
            Description = "A folder of images to compare precisions on. Default: the run's validation images, or noise.",
            HelpName = "DIR",
        };
        var web = new Option<string?>("--web")
        {
            Description = "Write a folder for any web server: a page that scores in the browser.",
            HelpName = "DIR",
        };
        Option<string?> runtime = SharedOptions.WebRuntime();
        QuantizationArguments int8 = new();
        var command = new Command("export", "Export a run to ONNX, or convert a model, and prove the result equal.")
        {
            source, output, precision, contained, planar, size, opset, tolerance, sameClass, merge, images, web, runtime,
        };
        int8.AddTo(command, source, precision);
        command.Validators.Add(result =>
        {
            if (result.Readable(output) is null && result.Readable(web) is null)
            {
                result.AddError("--out is missing: the ONNX file to write");
            }
            if (!result.GetValue(contained) && result.GetValue(planar))
            {
                result.AddError("--planar is for --self-contained");
            }
            if (result.Readable(tolerance) is not (null or >= 0 and <= 1) || result.Readable(sameClass) is not (null or >= 0 and <= 1))
            {
                result.AddError("--tolerance and --min-same-class are from 0 to 1");
            }
            if (result.Readable(opset) is < OnnxExporter.MinOpset or > OnnxExporter.MaxOpset)
            {
                result.AddError($"--opset is not one of {OnnxExporter.MinOpset} to {OnnxExporter.MaxOpset}");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            (int Width, int Height)? only = parsed.GetValue(size);
            var options = new ModelConversionOptions
            {
                Precision = parsed.GetValue(precision),
                SelfContained = !parsed.GetValue(contained) ? null : new SelfContained
                {
                    Layout = parsed.GetValue(planar) ? PixelLayout.Planar : PixelLayout.Interleaved,
                    Width = only?.Width,
                    Height = only?.Height,
                },
                FixedSize = parsed.GetValue(contained) ? null : only,
                Opset = parsed.GetValue(opset),
                Tolerance = parsed.GetValue(tolerance),
                MinSameClass = parsed.GetValue(sameClass),
                MergeInto = parsed.GetValue(merge) is { } file ? PipelineFile.Read(file) : null,
                Images = parsed.GetValue(images) is { } folder ? ImagesIn(folder) : null,
                Calibration = parsed.GetValue(precision) == ModelPrecision.Int8 ? int8.Pipeline(parsed, parsed.GetValue(source)!) : null,
                Quantization = int8.Options(parsed),
            };
            string from = parsed.GetValue(source)!;
            string? to = parsed.GetValue(output), site = parsed.GetValue(web);
            if (site is not null && to is not null && File.Exists(from) && IsAsItIs(options))
            {
                throw new ModelFormatException(from, "is an exported model already, and nothing else is asked for", "leave --out out: --web alone makes the page of the model as it is");
            }
            if (to is not null)
            {
                Convert(from, to, options, cancellation);
            }
            if (site is not null)
            {
                WriteWeb(from, to, site, options, parsed.GetValue(runtime), cancellation);
            }
            if (to is not null)
            {
                NextSteps.Print(NextSteps.AfterExport(from, to, segmlOnly: options.SelfContained is null));
            }
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static bool IsAsItIs(ModelConversionOptions options)
    {
        var nothing = new ModelConversionOptions();
        return options with { Quantization = nothing.Quantization } == nothing;
    }

    private static void Convert(string source, string path, ModelConversionOptions options, CancellationToken cancellation)
    {
        try
        {
            Print(WorkProgress.Run("export", progress => ModelConversion.Convert(source, path, options, progress.Lines(), cancellation)));
        }
        catch (OnnxExportException e)
        {
            // The exporter names its options as code has them.
            throw new OnnxExportException(e.Subject, Named(e.Fault), Named(e.Fix), e);
        }
    }

    // Of the file that was written; else of the model as it is, or of one that is made for the page alone.
    private static void WriteWeb(string source, string? written, string site, ModelConversionOptions options, string? runtime, CancellationToken cancellation)
    {
        DirectoryInfo? made = null;
        try
        {
            string? model = written ?? (File.Exists(source) && IsAsItIs(options) ? source : null);
            if (model is null)
            {
                made = Directory.CreateTempSubdirectory("segml-web-");
                string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
                Convert(source, model = Path.Combine(made.FullName, $"{name}.onnx"), options, cancellation);
            }
            WebFolder.Write(site, [(Path.GetFileNameWithoutExtension(model), model)], runtime, cancellation: cancellation);
            Console.WriteLine($"{site}: a page that scores in the browser; put the folder on a web server");
        }
        finally
        {
            made?.Delete(recursive: true);
        }
    }

    private static void Print(ModelConversionReport report)
    {
        if (report.Export is { } export)
        {
            Print(export, report.Path);
        }
        else if (report.Ensemble is { } ensemble)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Path}: {ensemble.Members} networks, {new FileInfo(report.Path).Length / 1e6:0.0} MB; against the mean of their probabilities: max |difference| {ensemble.MaxDifference:0.0e+00}"));
        }
        else
        {
            Console.WriteLine($"{report.Path}: {new FileInfo(report.Path).Length / 1e6:0.0} MB");
        }
        if (report.Float16 is { } half)
        {
            Print("fp16 against fp32", half.Shapes);
            if (half.Clamped > 0)
            {
                Console.WriteLine($"  {half.Clamped} of {half.Converted} weights were too large for fp16 and were set to its largest");
            }
        }
        if (report.Quantization is { } quantization)
        {
            QuantizationArguments.Print(quantization);
        }
        foreach (ImageAgreement image in report.SelfContained?.Sizes ?? [])
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  self-contained against network, image {image.Width}x{image.Height}  same class {image.Agreement:0.000%}"));
        }
    }

    /// <summary>Prints the parity table.</summary>
    public static void Print(OnnxExportReport report, string path)
    {
        Console.WriteLine($"{path}: {report.Parameters / 1e6:0.00} M parameters, {new FileInfo(path).Length / 1e6:0.0} MB");
        Print("fp32 against TorchSharp", report.Shapes);
    }

    private static void Print(string what, IEnumerable<ShapeParity> shapes)
    {
        foreach (ShapeParity shape in shapes)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {what} [{string.Join(", ", shape.InputShape)}]  max |difference| {shape.MaxDifference:0.0e+00}  argmax {shape.ArgmaxAgreement:0.00%}"));
        }
    }

    private static string Named(string text) => text
        .Replace(nameof(OnnxExportOptions.RelativeTolerance), "--tolerance", StringComparison.Ordinal)
        .Replace(nameof(OnnxExportOptions.MinArgmaxAgreement), "--min-same-class", StringComparison.Ordinal);

    private static string[] ImagesIn(string folder)
    {
        string[] images = [.. (Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : []).Where(ImageFile.HasExtension).Order(StringComparer.Ordinal)];
        return images.Length > 0
            ? [.. Enumerable.Range(0, Math.Min(MostImages, images.Length)).Select(i => images[i * images.Length / Math.Min(MostImages, images.Length)])]
            : throw new ImageFormatException(folder, "holds no images", $"name a folder of {string.Join(", ", ImageFile.Extensions)}");
    }

    internal static (int Width, int Height)? ParseSize(ArgumentResult result)
    {
        string[] sides = result.Tokens[0].Value.Split('x');
        if (sides.Length == 2 && int.TryParse(sides[0], out int width) && int.TryParse(sides[1], out int height) && width > 0 && height > 0)
        {
            return (width, height);
        }
        result.AddError($"--size {result.Tokens[0].Value} is not WIDTHxHEIGHT");
        return null;
    }
}
