using System.Text.Json.Nodes;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Runs;

namespace SegML.Tests.Training;

/// <summary>What goes wrong around a run: it is said in one line, and the run so far is kept.</summary>
[TestClass]
public sealed class TrainingFaultTests
{
    private static readonly TrainerOptions OnCpu = new() { Device = ComputeDevice.Cpu };

    [TestMethod]
    public void AClassThatNeverOccursAndABatchAboveTheSamplesAreNoted()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = Named("sky", "ground", "box", "ghost");
        var samples = new SampleSource(4, i =>
        {
            (RgbaImage image, SegmentationMask mask) = BoxScenes.Draw(i, 40, 32);
            return (image, new SegmentationMask(40, 32, mask.Ids.ToArray(), classes));
        });
        Pipeline pipeline = BoxScenes.Pipeline with { Classes = classes, Training = BoxScenes.Pipeline.Training with { Epochs = 2, BatchSize = 5 } };
        var reports = new List<TrainingProgress>();
        TrainingResult result = Trainer.Train(pipeline, samples, samples, folder.Path, OnCpu, new Direct(reports.Add));
        string[] notes = [.. reports.SelectMany(r => r.Notes)];
        Assert.HasCount(4, notes, string.Join(" | ", notes));
        Assert.HasCount(2, notes.Where(n => n.Contains("\"ghost\"", StringComparison.Ordinal)), "once for the training samples, once for val");
        Assert.HasCount(1, notes.Where(n => n.Contains("training.batchSize 5 is above", StringComparison.Ordinal) && n.Contains("batches are of 4", StringComparison.Ordinal)));
        Assert.HasCount(1, notes.Where(n => n.Contains("updates the weights 2 times", StringComparison.Ordinal)));
        // A class that occurs neither in masks nor in predictions is left out of the mean.
        Assert.IsTrue(double.IsFinite(result.BestMeanIoU));
    }

    [TestMethod]
    public void ImagesSmallerThanTheCropAreTrainedOn()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { Epochs = 2, Augmentation = new AugmentationOptions { CropWidth = 64, CropHeight = 48 } });
        var reports = new List<TrainingProgress>();
        Trainer.Train(pipeline, BoxScenes.Source(3, width: 9, height: 7), BoxScenes.Source(2, width: 9, height: 7), folder.Path, OnCpu, new Direct(reports.Add));
        Assert.IsTrue(reports.All(r => double.IsFinite(r.Loss)));
        Assert.IsTrue(reports.SelectMany(r => r.Notes).All(note => note.Contains("updates the weights", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void ResumingWithAnotherNetworkOrClassListNamesWhatDiffers()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { Epochs = 1 });
        Run(pipeline, folder);
        byte[] before = File.ReadAllBytes(folder.File("last.dat"));
        Refused(pipeline with { Network = new NetworkOptions { Name = "unet" } }, "network.name \"fcn-light\", not \"unet\"");
        Refused(pipeline with { Network = new NetworkOptions { Name = "fcn-light", Options = new JsonObject { ["width"] = 8 } } }, "network.options.width 4, not 8");
        Refused(pipeline with { Classes = Named("sky", "ground", "car") }, "classes[2].name \"box\", not \"car\"");
        Refused(pipeline with { Classes = Named("sky", "ground", "box", "car") }, "3 classes, not 4");
        Refused(With(t => t with { Epochs = 1, LearningRate = 0.5 }), "training.learningRate 0.002, not 0.5");
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder.File("last.dat")));

        void Refused(Pipeline other, string difference)
        {
            var fault = Assert.ThrowsExactly<ModelFormatException>(() => Run(other, folder, OnCpu with { Resume = true }));
            Assert.Contains($"{folder.Path} was trained with {difference}", fault.Message);
        }
    }

    [TestMethod]
    [DataRow("best.dat")]
    [DataRow("last.dat")]
    public void ACheckpointOfAnotherNetworkIsRefusedByName(string file)
    {
        using TemporaryFolder folder = new(), other = new();
        Pipeline pipeline = With(t => t with { Epochs = 1 });
        Run(pipeline, folder);
        Run(pipeline with { Network = new NetworkOptions { Name = "unet", Options = new JsonObject { ["width"] = 4, ["depth"] = 2 } } }, other);
        File.Copy(other.File(file), folder.File(file), overwrite: true);
        var fault = Assert.ThrowsExactly<ModelFormatException>(() =>
        {
            using IDisposable? network = file == "best.dat" ? RunFolder.ReadBest(folder.Path, pipeline) : null;
            Run(pipeline, folder, OnCpu with { Resume = true });
        });
        Assert.Contains(folder.File(file), fault.Message);
    }

    [TestMethod]
    public void ADiskThatFillsUpCostsNoMoreThanTheEpoch()
    {
        using TemporaryFolder straight = new(), folder = new();
        Pipeline pipeline = With(t => t with { Epochs = 3 });
        Run(pipeline, straight);
        // A folder in the checkpoint's place fails its write as a full disk does: before the name changes hands.
        var fault = Assert.ThrowsExactly<OutputException>(() => Run(pipeline, folder, progress: new Direct(step =>
        {
            if (step.Iteration == 4)
            {
                File.Move(folder.File("last.dat"), folder.File("kept"));
                Directory.CreateDirectory(folder.File("last.dat"));
            }
        })));
        Assert.Contains($"{folder.File("last.dat")} cannot be written", fault.Message);
        Assert.Contains("free some space", fault.Message);
        Assert.IsEmpty(Directory.GetFiles(folder.Path, "*.tmp"));
        Directory.Delete(folder.File("last.dat"));
        File.Move(folder.File("kept"), folder.File("last.dat"));
        Run(pipeline, folder, OnCpu with { Resume = true });
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("last.dat")), File.ReadAllBytes(folder.File("last.dat")));
    }

    [TestMethod]
    public void ACallbackThatThrowsIsPassedOnAndTheRunGoesOnLater()
    {
        using TemporaryFolder straight = new(), folder = new();
        Pipeline pipeline = With(t => t with { Epochs = 3 });
        Run(pipeline, straight);
        Assert.ThrowsExactly<NotSupportedException>(() => Run(pipeline, folder, progress: new Direct(step =>
        {
            if (step.Iteration == 5)
            {
                throw new NotSupportedException("of mine");
            }
        })));
        Run(pipeline, folder, OnCpu with { Resume = true });
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("last.dat")), File.ReadAllBytes(folder.File("last.dat")));
    }

    private static ClassSet Named(params string[] names) =>
        new([.. names.Select((name, id) => new SegmentationClass { Id = id, Name = name, Color = BoxScenes.Classes.ColorOf((byte)Math.Min(id, 2)) })]);

    private static Pipeline With(Func<TrainingOptions, TrainingOptions> change) => BoxScenes.Pipeline with { Training = change(BoxScenes.Pipeline.Training) };

    private static void Run(Pipeline pipeline, TemporaryFolder folder, TrainerOptions? options = null, IProgress<TrainingProgress>? progress = null) =>
        Trainer.Train(pipeline, BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), folder.Path, options ?? OnCpu, progress);

    /// <summary>Progress on the training thread itself, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Direct(Action<TrainingProgress> act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act(value);
    }
}
