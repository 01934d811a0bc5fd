using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SegML.Colors;
using SegML.Files;
using SegML.Masks;
using SegML.MLNet;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Loop;
using SegML.Training.Models;
using SegML.Training.Runs;

namespace SegML.Training.MLNet;

/// <summary>
/// Trains a segmentation network with TorchSharp; the fitted transformer scores it through ONNX Runtime, so that an app
/// that loads it needs SegML alone. See <c>ml.MulticlassClassification.Trainers.ImageSegmentation</c>.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>Yes</description></item>
/// <item><term>Input column</term><description>features: MLImage, text (paths), a vector of Byte (encoded images), or planes of
/// ConvertColor; label: SegmentationMask, or a vector of Single, [classes, H, W]</description></item>
/// <item><term>Output column</term><description>SegmentationMask (PredictedMask)</description></item>
/// <item><term>Needs normalisation</term><description>No: the pipeline's input options normalise</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.Training and, for training, libtorch: TorchSharp-cpu or
/// TorchSharp-cuda-linux</description></item>
/// <item><term>Exportable to ONNX</term><description>No: the trained network is an ONNX model already: Segmenter.Model of the fitted
/// transformer, or the file in <see cref="Options.WorkspacePath"/>; <c>segml export --self-contained</c> makes one with pre- and
/// postprocessing inside, for ApplyOnnxModel</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed partial class ImageSegmentationTrainer : IEstimator<ApplySegmentationModelTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly Options _options;
    private readonly InputColumn _image, _mask;

    internal ImageSegmentationTrainer(IHostEnvironment environment, Options options)
    {
        _environment = environment;
        _options = options;
        _image = InputColumn.ImageOrFile(options.FeatureColumnName);
        _mask = InputColumn.MaskOrOneHot(options.LabelColumnName);
    }

    /// <summary>Trains, exports to ONNX, checks the export against TorchSharp, and returns what scores it.</summary>
    /// <param name="input">
    /// The training rows, read once (twice where <see cref="Options.ValidationFraction"/> divides them). Images that come as paths are read
    /// again when training needs them; others are kept in memory, those to train on at the network's input size.
    /// </param>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    /// <exception cref="DatasetException">There are no rows, or too few to hold some back.</exception>
    /// <exception cref="PipelineFormatException">An option is out of its range.</exception>
    /// <exception cref="DeviceException">The MLContext asks for a GPU that is not there.</exception>
    /// <exception cref="OutputException">The workspace holds a run already, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The options' token or ML.NET stopped it; a workspace keeps the last checkpoint.</exception>
    /// <exception cref="SegMLException">
    /// The metrics callback threw - the run so far is kept, and the message names its folder - or the loss is no longer a number.
    /// </exception>
    /// <exception cref="OnnxExportException">The exported model does not compute the same; the run is kept, and the log names its folder.</exception>
    public ApplySegmentationModelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (_options.WorkspacePath is { } workspacePath && !_options.Resume && RunFolder.HoldsRun(workspacePath))
        {
            throw new OutputException(workspacePath, "already holds a training run",
                "set Resume to go on with it, choose another WorkspacePath, or leave it null where several models are fitted");
        }
        if (_options.Training.StartFrom is not null && _options.StartFromModel is not null)
        {
            throw new PipelineFormatException(nameof(ImageSegmentationTrainer), "has both Training.StartFrom and StartFromModel", "set one of them");
        }
        (_, int? gpu, bool fallback) = MLNetInternals.SettingsOf(_environment);
        InputOptions size = InSpaceOf(input.Schema, _options.Input);
        size.Validate(nameof(ImageSegmentationTrainer));
        using var host = new TrainerHost(_environment, nameof(ImageSegmentationTrainer), _options.CancellationToken);
        (RowSamples train, RowSamples? validation) = Read(input, size, Seed, host);
        using (train)
        using (validation)
        {
            using var workspace = Workspace.Open(_options.WorkspacePath);
            Pipeline pipeline = PipelineFor(input.Schema, train.Classes, Start(workspace));
            pipeline.Validate();
            var trainer = new TrainerOptions
            {
                Resume = _options.Resume,
                Device = _options.Device ?? EnvironmentDevice.Of(gpu, fallback),
                GpuDeviceId = gpu ?? 0,
                SamplesEvery = 0,
            };
            var reporter = new Reporter(host, workspace, _options.MetricsCallback);
            TrainingResult result = Trainer.Train(pipeline, train.Source, validation?.Source, workspace.Run, trainer, reporter, host.Cancellation);
            if (result.StoppedEarly)
            {
                host.Info(FormattableString.Invariant($"stopped early after epoch {result.Epochs}, best was epoch {result.BestEpoch} with {result.Monitor} {result.BestFigure:0.0000}"));
            }
            string model = Export(workspace, host);
            var scoring = new SegmenterOptions { Device = trainer.Device, GpuDeviceId = trainer.GpuDeviceId };
            return new ApplySegmentationModelTransformer(
                _environment, new(_options.PredictedMaskColumnName, _options.FeatureColumnName, _options.ModelName, scoring), File.ReadAllBytes(model));
        }
    }

    /// <summary>The shape of the scored data: the input's columns and the predicted masks.</summary>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _image.In(inputSchema, nameof(ImageSegmentationTrainer));
        _mask.In(inputSchema, nameof(ImageSegmentationTrainer));
        return ApplySegmentationModelTransformer.AppendTo(inputSchema, _options.PredictedMaskColumnName);
    }

    private int Seed => MLNetInternals.SettingsOf(_environment).Seed ?? _options.Training.Seed;

    /// <summary>The file that <see cref="Options.StartFromModel"/> becomes: in the run's own folder, so that a run that is resumed finds it again. Null: there is none.</summary>
    private string? Start(Workspace workspace)
    {
        if (_options.StartFromModel is not { } model)
        {
            return null;
        }
        string path = Path.Combine(workspace.Run, "start.onnx");
        AtomicFile.Write(path, stream => stream.Write(model));
        return path;
    }

    // The network sees planes in the space that they come in. They become the image that they were made of first, so that all else is as for images.
    private InputOptions InSpaceOf(DataViewSchema schema, InputOptions input)
    {
        if (PlanesColumn.Of(_image.In(schema, nameof(ImageSegmentationTrainer))) is not { } planes || planes.Space == input.ColorSpace)
        {
            return input;
        }
        return input is { ColorSpace: ColorSpace.Rgb, Bands: null } ? input with { ColorSpace = planes.Space }
            : throw new SchemaException($"column \"{_options.FeatureColumnName}\"", $"holds planes of {planes.Space}, and the options ask for {input.ColorSpace}",
                "leave Input.ColorSpace out of the options, or convert to the space that they name");
    }

    private string Export(Workspace workspace, TrainerHost host)
    {
        string model = Path.Combine(workspace.Run, _options.ModelName + ".onnx");
        try
        {
            ModelExport.Export(workspace.Run, model);
            return model;
        }
        catch
        {
            // Hours of training may lie behind it.
            workspace.Keep();
            host.Info($"the run is kept in {workspace.Run}; segml export makes a model of it");
            throw;
        }
    }

    private (RowSamples Train, RowSamples? Validation) Read(IDataView input, InputOptions size, int seed, TrainerHost host)
    {
        HashSet<int>? held = _options.ValidationSet is null && _options.ValidationFraction > 0
            ? RowSamples.Choose(input, _options.ValidationFraction, seed)
            : null;
        RowSamples train = RowSamples.Read(input, _image, _mask, size, host, held is null ? null : row => !held.Contains(row));
        try
        {
            RowSamples? validation = _options.ValidationSet is { } rows ? RowSamples.Read(rows, _image, _mask, shrink: null, host)
                : held is not null ? RowSamples.Read(input, _image, _mask, shrink: null, host, held.Contains)
                : null;
            return (train, validation);
        }
        catch
        {
            train.Dispose();
            throw;
        }
    }

    /// <summary>The pipeline that is trained: what the options say of network, input and training, and the rows' classes.</summary>
    /// <param name="schema">The rows' columns.</param>
    /// <param name="classes">The rows' classes.</param>
    /// <param name="start">A file in place of <see cref="TrainingOptions.StartFrom"/>; null: that.</param>
    internal Pipeline PipelineFor(DataViewSchema schema, ClassSet classes, string? start = null) => new()
    {
        Name = _options.ModelName,
        Classes = classes,
        Input = InSpaceOf(schema, _options.Input),
        Network = _options.Network,
        Training = _options.Training with { Seed = Seed, StartFrom = start ?? _options.Training.StartFrom },
        Source = nameof(ImageSegmentationTrainer),
    };

    /// <summary>Passes progress on to ML.NET and to the user's callback, whose fault shall not cost the run.</summary>
    private sealed class Reporter(TrainerHost host, Workspace workspace, Action<TrainingProgress>? callback) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            host.Poll();
            host.Show(value);
            try
            {
                callback?.Invoke(value);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                workspace.Keep();
                throw new SegMLException(nameof(Options.MetricsCallback), $"threw {e.GetType().Name} in epoch {value.Epoch} ({e.Message.TrimEnd('.')})",
                    $"correct it; the last full epoch is in {workspace.Run}: set WorkspacePath to it and Resume to go on", e);
            }
        }
    }
}
