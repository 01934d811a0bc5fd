using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML;
using SegML.Colors;
using SegML.Images;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.MLNet;
using SegML.Training.Networks;

namespace SegML.Tests.MLNet;

/// <summary>The trainer's options: validation, early stopping, callback, workspace, device, progress, stopping.</summary>
[TestClass]
public sealed class ImageSegmentationOptionsTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 3);
    private TrainerData _data = null!;

    [TestInitialize]
    public void Prepare() => _data = new TrainerData(_folder, _ml);

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public void AFractionOfTheRowsIsHeldBackByTheSeed()
    {
        IDataView eight = _data.Paths(8), two = _ml.Data.TakeRows(eight, 2);
        string[] chosen = [.. Enumerable.Range(0, 50).Select(seed => string.Join(",", RowSamples.Choose(eight, 0.25, seed).Order()))];
        Assert.IsTrue(chosen.All(c => c.Split(',').Length == 2));
        Assert.IsGreaterThan(10, chosen.Distinct().Count());
        Assert.HasCount(8, chosen.SelectMany(c => c.Split(',')).Distinct());
        CollectionAssert.AreEquivalent(RowSamples.Choose(eight, 0.25, 9).ToArray(), RowSamples.Choose(eight, 0.25, 9).ToArray());
        Assert.HasCount(1, RowSamples.Choose(two, 0.01, 1));
        Assert.HasCount(1, RowSamples.Choose(two, 0.99, 1));
    }

    [TestMethod]
    public void TheHeldBackRowsAreValidatedOnAndNotTrainedOn()
    {
        var reports = new List<TrainingProgress>();
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1);
        options.ValidationFraction = 0.25;
        options.MetricsCallback = reports.Add;
        Fit(options, _data.WithMasks(8));
        TrainingProgress last = reports.Single(r => r.Validation is not null);
        Assert.AreEqual(2L * TrainerData.Side * TrainerData.Side, Enumerable.Range(0, 2).Sum(last.Validation!.ConfusionMatrix.Truth));
        // Six rows in twos.
        Assert.AreEqual(3, last.Iterations);
    }

    [TestMethod]
    public void OneRowCannotBeDivided()
    {
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1);
        options.ValidationFraction = 0.5;
        Assert.Contains("ValidationFraction", Assert.ThrowsExactly<DatasetException>(() => Fit(options, _data.WithMasks(1))).Message);
    }

    [TestMethod]
    public void TrainingStopsEarlyAndSaysSoInTheLog()
    {
        var logged = new List<string>();
        _ml.Log += (_, e) => logged.Add(e.RawMessage);
        var epochs = new HashSet<int>();
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 50);
        options.Training = options.Training with { ValidateEvery = 1, EarlyStopping = new EarlyStoppingOptions { Patience = 2, MinImprovement = 1 } };
        options.ValidationFraction = 0.5;
        options.MetricsCallback = r => epochs.Add(r.Epoch);
        Fit(options, _data.WithMasks(4));
        Assert.AreEqual(3, epochs.Max());
        Assert.IsTrue(logged.Any(l => l.StartsWith("stopped early after epoch 3, best was epoch ", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void EarlyStoppingWantsValidationRows()
    {
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1);
        options.Training = options.Training with { EarlyStopping = new EarlyStoppingOptions() };
        Assert.Contains("ValidationFraction", Assert.ThrowsExactly<ArgumentException>(() =>
            _ml.MulticlassClassification.Trainers.ImageSegmentation(options)).Message);
    }

    [TestMethod]
    public void ACallbackThatThrowsIsNamedAndTheRunCanGoOn()
    {
        IDataView data = _data.WithMasks(4);
        ImageSegmentationTrainer.Options straight = TrainerData.Options("ImagePath", epochs: 3);
        straight.WorkspacePath = _folder.File("straight");
        Fit(straight, data);

        ImageSegmentationTrainer.Options faulty = TrainerData.Options("ImagePath", epochs: 3);
        faulty.MetricsCallback = r =>
        {
            if (r.Epoch == 2)
            {
                throw new InvalidOperationException("the chart is full.");
            }
        };
        var fault = Assert.ThrowsExactly<SegMLException>(() => Fit(faulty, data));
        Assert.StartsWith("MetricsCallback threw InvalidOperationException in epoch 2 (the chart is full); ", fault.Message);
        Assert.IsInstanceOfType<InvalidOperationException>(fault.InnerException);

        // There was no workspace: the temporary one was kept, and the message says where.
        string run = Regex.Match(fault.Message, "is in (.*?): ").Groups[1].Value;
        ImageSegmentationTrainer.Options resumed = TrainerData.Options("ImagePath", epochs: 3);
        resumed.WorkspacePath = run;
        resumed.Resume = true;
        Fit(resumed, data);
        CollectionAssert.AreEqual(File.ReadAllBytes(_folder.File("straight/best.dat")), File.ReadAllBytes(Path.Combine(run, "best.dat")));
        Directory.Delete(Path.GetDirectoryName(run)!, recursive: true);
    }

    [TestMethod]
    public void AWorkspaceKeepsTheRunAndIsNotTrainedOver()
    {
        IDataView data = _data.WithMasks(2);
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1);
        options.WorkspacePath = _folder.File("run");
        Fit(options, data);
        Assert.IsTrue(File.Exists(_folder.File("run/segmentation.onnx")));
        Assert.Contains("Resume", Assert.ThrowsExactly<OutputException>(() => Fit(options, data)).Message);
    }

    [TestMethod]
    public void AGpuThatIsNotThereIsAnErrorOnlyWithoutFallback()
    {
        if (TorchSharp.torch.cuda.is_available())
        {
            Assert.Inconclusive("skipped: this machine has CUDA");
        }
        IDataView data = _data.WithMasks(2);
        var strict = new MLContext(seed: 3) { GpuDeviceId = 0, FallbackToCpu = false };
        Assert.ThrowsExactly<DeviceException>(() =>
            strict.MulticlassClassification.Trainers.ImageSegmentation(TrainerData.Options("ImagePath", epochs: 1)).Fit(data));
        var lenient = new MLContext(seed: 3) { GpuDeviceId = 0, FallbackToCpu = true };
        lenient.MulticlassClassification.Trainers.ImageSegmentation(TrainerData.Options("ImagePath", epochs: 1)).Fit(data).Dispose();
    }

    [TestMethod]
    public void EncodedImagesAreTrainedOn()
    {
        IDataView paths = _data.WithMasks(2);
        Encoded[] rows = [.. _ml.Data.CreateEnumerable<ImageSegmentationTrainerTests.Truth>(paths, reuseRowObject: false).Select((row, i) =>
            new Encoded { Image = File.ReadAllBytes(_folder.File($"images/{i}.png")), Mask = row.Mask })];
        Fit(TrainerData.Options("Image", epochs: 1), _ml.Data.LoadFromEnumerable(rows));
        rows[1].Image = rows[1].Image[..100];
        Assert.Contains("row 1", Assert.ThrowsExactly<ImageFormatException>(() =>
            Fit(TrainerData.Options("Image", epochs: 1), _ml.Data.LoadFromEnumerable(rows))).Message);
    }

    [TestMethod]
    public void AMaskThatIsMissingOrOfAnotherSizeIsRefused()
    {
        IDataView paths = _data.WithMasks(1);
        byte[] image = File.ReadAllBytes(_folder.File("images/0.png"));
        IDataView data = _ml.Data.LoadFromEnumerable([new Encoded { Image = image, Mask = new(10, 10, TrainerData.Classes) }]);
        Assert.Contains("10x10", Assert.ThrowsExactly<MaskFormatException>(() => Fit(TrainerData.Options("Image", epochs: 1), data)).Message);
        IDataView none = _ml.Data.LoadFromEnumerable([new Encoded { Image = image }]);
        Assert.Contains("row 0 has no mask", Assert.ThrowsExactly<MaskFormatException>(() => Fit(TrainerData.Options("Image", epochs: 1), none)).Message);
    }

    [TestMethod]
    public void AnOptionOutOfItsRangeIsNamed()
    {
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1);
        options.Training = options.Training with { LearningRate = -1 };
        Assert.Contains("training.learningRate", Assert.ThrowsExactly<PipelineFormatException>(() => Fit(options, _data.WithMasks(2))).Message);
    }

    [TestMethod]
    [DataRow(nameof(ImageSegmentationTrainer.Options.Network))]
    [DataRow(nameof(ImageSegmentationTrainer.Options.Input))]
    [DataRow(nameof(ImageSegmentationTrainer.Options.Training))]
    public void EveryOptionReachesTheRun(string part)
    {
        IDataView rows = _data.WithMasks(1);
        FieldInfo field = typeof(ImageSegmentationTrainer.Options).GetField(part)!;
        PropertyInfo[] properties = [.. field.FieldType.GetProperties().Where(p => p.SetMethod is { IsPublic: true })];
        Assert.IsGreaterThan(1, properties.Length);
        foreach (PropertyInfo property in properties)
        {
            var options = new ImageSegmentationTrainer.Options { FeatureColumnName = "ImagePath", ValidationFraction = 0.5 };
            object changed = Copy(field.GetValue(options)!), value = Another(property.PropertyType, property.GetValue(changed));
            property.SetValue(changed, value);
            field.SetValue(options, changed);
            // Without a seed of its own, the context leaves the options'.
            Pipeline run = new MLContext().MulticlassClassification.Trainers.ImageSegmentation(options).PipelineFor(rows.Schema, TrainerData.Classes);
            Assert.AreEqual(value, property.GetValue(typeof(Pipeline).GetProperty(part)!.GetValue(run)), $"{part}.{property.Name}");
        }
    }

    [TestMethod]
    public void TheRunsFileHoldsWhatTheOptionsSay()
    {
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 2);
        options.WorkspacePath = _folder.File("run");
        options.Network = NetworkOptions.Of("fcn-light", new FcnLightOptions { Width = 4, Activation = Activation.Gelu });
        options.Input = options.Input with { Fit = InputFit.Stretch, ColorSpace = ColorSpace.Lab, Mean = [50, 1, 2], Std = [20, 10, 12] };
        options.Training = options.Training with { LearningRate = 3e-3, Optimizer = OptimizerKind.Sgd, Sgd = new SgdOptions { Nesterov = true }, ValidateEvery = 1, EarlyStopping = new EarlyStoppingOptions { Patience = 9 } };
        options.ValidationFraction = 0.5;
        Fit(options, _data.WithMasks(4));
        Pipeline run = PipelineFile.Read(_folder.File("run/pipeline.json"));
        Pipeline expected = run with { Network = options.Network, Input = options.Input, Training = options.Training with { Seed = 3 } };
        Assert.AreEqual(PipelineFile.ToJson(expected), PipelineFile.ToJson(run));
        Assert.AreEqual(4, (int)run.Network.Options!["width"]!);
    }

    [TestMethod]
    public void ProgressPrintsAsOneLine()
    {
        var progress = new TrainingProgress
        {
            Epoch = 3,
            Epochs = 60,
            Iteration = 120,
            Iterations = 2400,
            Loss = 0.43211,
            LearningRate = 0.0018,
            ImagesPerSecond = 12.34,
            Elapsed = TimeSpan.FromSeconds(40),
            Remaining = new TimeSpan(26, 12, 34),
        };
        Assert.AreEqual("epoch 3/60, iteration 120/2400, loss 0.4321, learning rate 0.0018, 12.3 images/s, 26:12:34 left", progress.ToString());
        Assert.AreEqual("epoch 3/60, iteration 120/2400, loss 0.4321, learning rate 0.0018, 12.3 images/s, 26:12:34 left, val loss 0.3955, val IoU pole 0.6120 (best 0.7000)",
            (progress with { Monitor = "IoU pole", ValidationLoss = 0.3955, Figure = 0.612, BestFigure = 0.7 }).ToString());
    }

    [TestMethod]
    public void TheProgressChannelShowsEpochsAndLoss()
    {
        object tracker = Tracker();
        MethodInfo look = tracker.GetType().GetMethod("GetAllProgress")!;
        var shown = new List<string>();
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 2);
        options.MetricsCallback = _ => shown.Add(Show());
        Fit(options, _data.WithMasks(4));
        // Two epochs of two iterations: a checkpoint begins an epoch, and whoever looks sees iterations between.
        Assert.StartsWith("1/2 epochs, 1/4 iterations, loss ", shown[0]);
        Assert.StartsWith("1/2 epochs, 2/4 iterations, loss ", shown[1]);
        Assert.StartsWith("2/2 epochs, 3/4 iterations, loss ", shown[2]);

        string Show() => string.Join("; ", ((System.Collections.IEnumerable)look.Invoke(tracker, null)!).Cast<object>()
            .Select(e => e.GetType().GetField("ProgressEntry")!.GetValue(e)).OfType<object>().Select(entry =>
            {
                dynamic Field(string name) => entry.GetType().GetField(name)!.GetValue(entry)!;
                var (done, of, metrics) = ((double?[])Field("Progress"), (double?[])Field("ProgressLim"), (double?[])Field("Metrics"));
                return $"{done[0]}/{of[0]} epochs, {done[1]}/{of[1]} iterations, loss {metrics[0]}";
            }));
    }

    [TestMethod]
    public void TheContextCanStopTheTraining()
    {
        // What AutoML does when its time is up; internal to ML.NET, and for good: the context starts nothing more.
        object environment = MLNetInternals.EnvironmentOf(_ml.MulticlassClassification);
        MethodInfo cancel = environment.GetType().GetInterface("ICancelable")!.GetMethod("CancelExecution")!;
        IDataView data = _data.WithMasks(2);
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1000);
        options.MetricsCallback = _ => cancel.Invoke(environment, null);
        Assert.Throws<OperationCanceledException>(() => Fit(options, data));
    }

    private void Fit(ImageSegmentationTrainer.Options options, IDataView data) =>
        _ml.MulticlassClassification.Trainers.ImageSegmentation(options).Fit(data).Dispose();

    // What "with" does.
    private static object Copy(object record) => record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;

    private static object Another(Type type, object? value)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare switch
        {
            _ when bare == typeof(int) => (value as int? ?? 1) + 1,
            _ when bare == typeof(double) => (value as double? ?? 0) + 0.125,
            _ when bare == typeof(bool) => value is false,
            _ when bare == typeof(string) => value + "x",
            { IsEnum: true } => Enum.GetValues(bare).Cast<object>().First(v => !v.Equals(value)),
            _ when bare == typeof(Rgb) => new Rgb(1, 2, 3),
            _ when bare == typeof(ClassWeightRule) => (ClassWeightRule)ClassWeighting.None,
            _ when bare == typeof(System.Text.Json.Nodes.JsonObject) => new System.Text.Json.Nodes.JsonObject { ["width"] = 8 },
            _ when bare == typeof(IReadOnlyList<string>) => new[] { "x" },
            _ when bare == typeof(IReadOnlyList<int>) => new[] { 1 },
            _ when bare == typeof(IReadOnlyList<float>) => new[] { 1f },
            _ when bare == typeof(IReadOnlyList<LossOptions>) => new[] { new LossOptions { Factor = 2 } },
            _ => AnotherRecord(bare, value),
        };
    }

    private static object AnotherRecord(Type type, object? value)
    {
        object other = value is null ? Activator.CreateInstance(type)! : Copy(value);
        PropertyInfo first = type.GetProperties().First(p => p.SetMethod is { IsPublic: true });
        first.SetValue(other, Another(first.PropertyType, first.GetValue(other)));
        return other;
    }

    private object Tracker()
    {
        object environment = MLNetInternals.EnvironmentOf(_ml.MulticlassClassification);
        for (Type? type = environment.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField("ProgressTracker", BindingFlags.Instance | BindingFlags.NonPublic) is { } field)
            {
                return field.GetValue(environment)!;
            }
        }
        throw new MissingFieldException("ProgressTracker");
    }

    public sealed class Encoded
    {
        public byte[] Image { get; set; } = [];

        public SegML.Masks.SegmentationMask? Mask { get; set; }
    }
}
