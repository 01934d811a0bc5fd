using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SegML.Colors;
using SegML.Datasets;
using SegML.Files;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Onnx.Rewriting;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>
/// Makes the model that is deployed: a run's best checkpoint, the ensemble of a cross-validation's runs, or a model exported before, at another precision, or with its pre- and
/// post-processing inside. Each step is compared with the one before it, and the file gets its name only when all of them agree.
/// </summary>
public static class ModelConversion
{
    /// <summary>The images of a run's data that a step is compared on.</summary>
    private const int Examples = 4;

    /// <summary>Converts.</summary>
    /// <param name="source">A run's folder, the folder of a cross-validation's runs, or an ONNX file that SegML exported.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="options">What to make. Null: all defaults.</param>
    /// <param name="progress">Receives a line at each step of long work. May be null.</param>
    /// <param name="cancellation">Stops long work; no file is left then.</param>
    /// <exception cref="ModelFormatException">The source is no run and no model of SegML's, or one that cannot be converted so.</exception>
    /// <exception cref="ImageFormatException">One of the images to compare on cannot be read.</exception>
    /// <exception cref="DatasetException">The images to calibrate on are not there.</exception>
    /// <exception cref="OutputException">The file to write is one of those that are read, or exists and does not end in <c>.onnx</c>.</exception>
    /// <exception cref="OnnxExportException">A step's result does not compute what it should; there is no file.</exception>
    public static ModelConversionReport Convert(string source, string path, ModelConversionOptions? options = null,
        IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ModelConversionOptions();
        options.Check();
        bool run = Directory.Exists(source);
        using IDisposable protection = SourceFiles.Protect([.. FilesOf(source), .. options.Images ?? [], options.MergeInto?.Source,
            .. options.Calibration is { } calibration ? PipelineSources.All(calibration) : []], path);
        if (File.Exists(path) && !Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            throw new OutputException(path, "is there already, and is no model by its name", "name a file that ends in .onnx");
        }
        IReadOnlyList<string> folds = run ? ModelEnsemble.Folds(source) : [];
        ModelPrecision from = run ? ModelPrecision.Fp32 : CheckSource(source, options);
        bool toHalf = options.Precision == ModelPrecision.Fp16 && from != ModelPrecision.Fp16;
        bool toInt8 = options.Precision == ModelPrecision.Int8 && from != ModelPrecision.Int8;

        string folder = Directory.CreateTempSubdirectory("segml-").FullName;
        try
        {
            var report = new ModelConversionReport { Path = path };
            string now = source;
            if (run)
            {
                now = toHalf || toInt8 || options.SelfContained is not null ? Path.Combine(folder, "exported.onnx") : path;
                OnnxExportOptions export = ExportOptions(options);
                report = folds.Count > 1
                    ? report with { Ensemble = ModelEnsemble.Export(folds, now, export, options.MergeInto) }
                    : report with { Export = ModelExport.Export(source, now, export, options.MergeInto) };
            }
            if (toHalf)
            {
                string next = options.SelfContained is not null ? Path.Combine(folder, "fp16.onnx") : path;
                IReadOnlyList<string> images = options.Images ?? (run ? ImagesOf(folds.Count > 1 ? folds[0] : source) : []);
                report = report with { Float16 = ToFloat16(now, next, Describe(now, source, "fp16"), images) };
                now = next;
            }
            if (toInt8)
            {
                string next = options.SelfContained is not null ? Path.Combine(folder, "int8.onnx") : path;
                report = report with
                {
                    Quantization = ModelQuantization.Quantize(now, next, options.Calibration!, options.Quantization, Describe(now, source, "int8"), progress, cancellation),
                };
                now = next;
            }
            if (options.FixedSize is { } size)
            {
                string next = now == path ? Path.Combine(folder, "exported.onnx") : now;
                if (now == path)
                {
                    File.Move(path, next, overwrite: true);
                }
                ToFixedSize(next, path, Describe(next, source, "fixed-size"), size);
                now = path;
            }
            else if (now == source && options.SelfContained is null)
            {
                // Nothing is asked for but metadata that an earlier SegML did not write.
                ModelProperties.Refresh(source, path);
            }
            if (options.SelfContained is { } tensors)
            {
                report = report with { SelfContained = ToSelfContained(now, path, Describe(now, source, "self-contained"), tensors) };
            }
            return report;
        }
        catch (OnnxExportException e) when (e.Subject.StartsWith(folder, StringComparison.Ordinal))
        {
            // Steps on the way have names that say nothing.
            throw new OnnxExportException(path, e.Fault, e.Fix, e);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A run's files, those of a cross-validation's runs too; a model, and the weights that may lie beside it.
    private static IEnumerable<string> FilesOf(string source)
    {
        if (Directory.Exists(source))
        {
            return Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase));
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(source))!;
        return (Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Path.GetFileName(source) + ".*.data") : []).Append(source);
    }

    private static OnnxExportOptions ExportOptions(ModelConversionOptions options)
    {
        var defaults = new OnnxExportOptions();
        return defaults with
        {
            Opset = options.Opset ?? defaults.Opset,
            RelativeTolerance = options.Tolerance ?? defaults.RelativeTolerance,
            MinArgmaxAgreement = options.MinSameClass ?? defaults.MinArgmaxAgreement,
        };
    }

    private static ModelPrecision CheckSource(string source, ModelConversionOptions options)
    {
        using Segmenter segmenter = Segmenter.Load(source, new SegmenterOptions { Device = ComputeDevice.Cpu });
        ModelPrecision precision = segmenter.Info.Precision;
        if (options.Opset is not null)
        {
            throw new ModelFormatException(source, "is exported already, for the opset that it has", "export the run itself for another opset");
        }
        if (options.Tolerance is not null || options.MinSameClass is not null)
        {
            throw new ModelFormatException(source, "is exported already, and compared with its network then", "leave the tolerances out, or export the run itself");
        }
        if (options.MergeInto is not null)
        {
            throw new ModelFormatException(source, "is exported already, with the classes that it has", "export the run itself with its classes merged");
        }
        if (options.Precision is { } wanted && wanted != precision && precision != ModelPrecision.Fp32)
        {
            throw new ModelFormatException(source, $"is {precision.ToString().ToLowerInvariant()} already", "convert the fp32 model");
        }
        return options.SelfContained is not null || options.FixedSize is not null || (options.Precision ?? precision) != precision || segmenter.Info.ReceptiveField is null || !segmenter.HasChecksum
            ? precision
            : throw new ModelFormatException(source, "is an exported model already", "ask for another precision or for a self-contained model");
    }

    // The metadata's rewriting gets a step more. The first names the source, a file's content too.
    private static ModelInfo Describe(string now, string source, string step)
    {
        ModelInfo info = ModelInfo.Read(now);
        var entry = new JsonObject { ["step"] = step };
        if (now == source || info.Rewriting is null)
        {
            entry["source"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        }
        if (now == source)
        {
            entry["sha256"] = System.Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(source)));
        }
        return info with { Rewriting = [.. info.Rewriting?.Select(s => s!.DeepClone()) ?? [], entry] };
    }

    private static void ToFixedSize(string source, string path, ModelInfo info, (int Width, int Height) size)
    {
        ModelInfo now = info with { Input = info.Input with { Width = size.Width, Height = size.Height, Fit = InputFit.Stretch, Multiple = null } };
        IEnumerable<KeyValuePair<string, string>> changed = now.ToMetadata().Where(p => p.Key is not ("segml.receptiveField" or "segml.globalMeans"));
        OnnxFixedSize.Rewrite(source, path, [1, now.Input.ChannelCount, size.Height, size.Width], changed.ToDictionary());
    }

    private static OnnxFloat16Report ToFloat16(string source, string path, ModelInfo info, IReadOnlyList<string> images)
    {
        using DisposeScope scope = NewDisposeScope();
        var options = new OnnxFloat16Options { Metadata = (info with { Precision = ModelPrecision.Fp16 }).ToMetadata() };
        return OnnxFloat16.Convert(source, path, images.Count == 0 ? options : options with
        {
            Examples = [.. images.Select(i => NetworkInput(i, info.Input))],
            MinArgmaxAgreement = 0.999,
        });
    }

    private static OnnxImageReport ToSelfContained(string source, string path, ModelInfo info, SelfContained tensors)
    {
        if (info.Classes.IsMultiLabel)
        {
            throw new ModelFormatException(source, "has classes that overlap, of which a self-contained model would show one", "leave --self-contained out");
        }
        InputOptions input = info.Input;
        if (input.ColorSpace is not (ColorSpace.Rgb or ColorSpace.Bgr))
        {
            throw new ModelFormatException(source, $"takes {input.ColorSpace}, and only RGB and BGR can be computed inside a model",
                "leave it as it is, or train in one of those");
        }
        if (input.Bands is not null || input.IsNormalizedByImage)
        {
            string what = input.Bands is not null ? $"the bands {string.Join(", ", input.Bands)} of an image" : "images that are each normalised by their own mean and standard deviation";
            throw new ModelFormatException(source, $"takes {what}, which cannot be computed inside a model yet",
                "leave it as it is and score it with SegML, or train with input.normalization \"meanStd\" and without input.bands");
        }
        (int Width, int Height)? network = tensors is { Width: { } w, Height: { } h } ? input.SizeFor(w, h) : null;
        if (input.Fit == InputFit.Letterbox || (input.Filter == ResizeFilter.Triangle && network != (tensors.Width, tensors.Height)) || (input.Fit is not (InputFit.KeepAspect or InputFit.Stretch) && network is null))
        {
            throw new ModelFormatException(source, $"takes images by rules that cannot be computed inside a model ({Rules(input)})",
                network is null ? "give the one size of its images (--size), at which the network takes them as they are" : "give a size at which the network takes images as they are, or score it with SegML");
        }
        (float Scale, float Offset)[] channels = [.. Enumerable.Range(0, 3).Select(c => InputTensor.Normalization(input, c))];
        return OnnxImageModel.Rewrite(source, path, new OnnxImageOptions
        {
            Height = input.HasForeignRules && network is { } tall ? tall.Height : input.Height,
            Width = input.HasForeignRules && network is { } wide ? wide.Width : input.Width,
            KeepAspect = input.Fit == InputFit.KeepAspect && !input.HasForeignRules,
            MinSide = input.MinSide,
            MaxSide = input.MaxSide,
            Scale = [.. channels.Select(c => c.Scale)],
            Offset = [.. channels.Select(c => c.Offset)],
            ReverseChannels = input.ColorSpace == ColorSpace.Bgr,
            Planar = tensors.Layout == PixelLayout.Planar,
            // Resizing rounds to bytes, and where a value lies between two, float32 and double precision may choose differently. A network of
            // fewer bits answers such a step more coarsely: one of 8 bits by a code of its own, which shows where training left classes close.
            MinAgreement = info.Precision switch { ModelPrecision.Fp32 => 0.999, ModelPrecision.Fp16 => 0.995, _ => 0.95 },
            ImageSize = tensors.Height is { } height && tensors.Width is { } width ? (height, width) : null,
            Metadata = (info with { SelfContained = tensors }).ToMetadata(),
        });
    }

    private static string Rules(InputOptions input) =>
        input.Fit == InputFit.Letterbox ? "letterbox" : input.Filter == ResizeFilter.Triangle ? "resized as Pillow does" : $"the fit {input.Fit}";

    private static Tensor NetworkInput(string path, InputOptions input)
    {
        using NetworkImage image = NetworkImage.Read(path, input);
        Tensor values = empty(1, input.ChannelCount, image.Pixels.Height, image.Pixels.Width);
        image.Fill(input, MemoryMarshal.Cast<byte, float>(values.bytes));
        return values;
    }

    // Images that the network was not fitted to, if they are still there.
    private static string[] ImagesOf(string run)
    {
        Pipeline pipeline = RunFolder.ReadPipeline(run);
        string? split = ((string[])["val", "train"]).FirstOrDefault(s => pipeline.Data?.Splits.ContainsKey(s) == true);
        try
        {
            IReadOnlyList<DatasetItem> items = split is null ? [] : Dataset.List(pipeline, split);
            return [.. Enumerable.Range(0, Math.Min(Examples, items.Count)).Select(i => items[i * items.Count / Examples].ImagePath)];
        }
        catch (SegMLException)
        {
            return [];
        }
    }
}
