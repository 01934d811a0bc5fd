using System.Text.Json.Nodes;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Loop;
using SegML.Training.Optimization;
using SegML.Training.Runs;
using TorchSharp;

namespace SegML.Tests.Training;

/// <summary>A run that cannot be built gives back all that was built until then.</summary>
[TestClass]
public sealed class RunBuilderTests
{
    private static readonly TrainerOptions OnCpu = new() { Device = ComputeDevice.Cpu };

    public static IEnumerable<object[]> Faults =>
    [
        Case("a figure of no class", p => With(p, t => t with { Monitor = "IoU ghost" })),
        Case("no such network", p => p with { Network = new NetworkOptions { Name = "fcn-lite" } }),
        Case("no such network option", p => p with { Network = new NetworkOptions { Options = new JsonObject { ["widht"] = 4 } } }),
        Case("nothing to start from", p => With(p, t => t with { StartFrom = "missing.onnx" })),
        Case("no encoder to load", p => With(p, t => t with { EncoderWeights = "missing.onnx" })),
        Case("no encoder to freeze", p => With(p, t => t with { FreezeEncoder = true })),
        Case("no stages", p => With(p with { Network = new NetworkOptions { Name = "erfnet" } }, t => t with { AuxiliaryFactor = 0.4 })),
        Case("no rare class", p => With(p, t => t with { Augmentation = t.Augmentation with { RareShare = 0.5, RareClasses = ["ghost"] } })),
        Case("one value for batch norm", p => With(p, t => t with { BatchSize = 1, Augmentation = t.Augmentation with { CropWidth = 8, CropHeight = 8 } })),
    ];

    [TestMethod]
    [DynamicData(nameof(Faults))]
    public void AFaultInThePipelineLeavesNoTensor(string name, Func<Pipeline, Pipeline> change)
    {
        using var folder = new TemporaryFolder();
        LeavesNoTensor(added => Build(change(BoxScenes.Pipeline), folder.Path, added: added), name);
    }

    [TestMethod]
    public void SamplesThatCannotBeReadLeaveNoTensor()
    {
        using var folder = new TemporaryFolder();
        LeavesNoTensor(added => Build(
            BoxScenes.Pipeline, folder.Path, new SampleSource(3, _ => throw new DatasetException("a.png", "is damaged", "replace it")), added: added), "damaged");
        LeavesNoTensor(added => Build(BoxScenes.Pipeline, folder.Path, new SampleSource(3, _ => (new RgbaImage(40, 32), AllIgnored())), added: added), "ignored");
    }

    [TestMethod]
    public void ADamagedCheckpointLeavesNoTensor()
    {
        using var folder = new TemporaryFolder();
        Trainer.Train(BoxScenes.Pipeline, BoxScenes.Source(6), null, folder.Path, OnCpu with { StopAfter = 1 });
        File.WriteAllBytes(folder.File("last.dat"), File.ReadAllBytes(folder.File("last.dat"))[..1000]);
        LeavesNoTensor(added => Build(BoxScenes.Pipeline, folder.Path, options: OnCpu with { Resume = true }, added: added), "damaged");
    }

    [TestMethod]
    public void ALogThatCannotBeWrittenLeavesNoTensor()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sessions.json"));
        LeavesNoTensor(added => Build(BoxScenes.Pipeline, folder.Path, added: added), "a folder in the way");
    }

    [TestMethod]
    public void EveryPartIsDisposedWhicheverFails()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(BoxScenes.Pipeline, t => t with { AuxiliaryFactor = 0.4, Precision = Precision.Float16 });
        int parts = 0;
        var tensors = new List<torch.Tensor>();
        using (Build(pipeline, folder.File("whole"), added: part => { parts++; tensors.AddRange(TensorsOf(part)); }))
        {
            Assert.AreEqual(8, parts, "two networks, heads, scaler, optimizer, cache, loader, loss");
            Assert.IsGreaterThan(100, tensors.Count(tensor => !tensor.IsInvalid));
        }
        Assert.AreEqual(0, tensors.Count(tensor => !tensor.IsInvalid));
        for (int failing = 1; failing <= parts; failing++)
        {
            int count = 0;
            LeavesNoTensor(added => Build(pipeline, folder.File($"part-{failing}"), added: part =>
            {
                added(part);
                if (++count == failing)
                {
                    throw new NotSupportedException("of this part");
                }
            }), $"part {failing}");
            Assert.AreEqual(failing, count);
        }
    }

    [TestMethod]
    public void PartsAreDisposedInReverse()
    {
        var order = new List<string>();
        using (var parts = new OwnedParts())
        {
            parts.Add(new Part("first", order));
            parts.Add(new Part("second", order));
        }
        CollectionAssert.AreEqual(new[] { "second", "first" }, order);
    }

    private static void LeavesNoTensor(Func<Action<IDisposable>, TrainingRun> build, string name)
    {
        var tensors = new List<torch.Tensor>();
        Exception fault = Assert.Throws<Exception>(() => build(part => tensors.AddRange(TensorsOf(part))));
        Assert.IsTrue(fault is SegMLException or NotSupportedException, $"{name}: {fault}");
        Assert.AreEqual(0, tensors.Count(tensor => !tensor.IsInvalid), $"{name}: tensors that are left");
    }

    private static IEnumerable<torch.Tensor> TensorsOf(IDisposable part) => part switch
    {
        torch.nn.Module module => module.state_dict().Values,
        Optimizer optimizer => optimizer.State.Values,
        LossScaler scaler => scaler.State.Values,
        _ => [],
    };

    private static TrainingRun Build(Pipeline pipeline, string folder, SampleSource? train = null, TrainerOptions? options = null, Action<IDisposable>? added = null)
    {
        Directory.CreateDirectory(folder);
        return RunBuilder.Build(pipeline, train ?? BoxScenes.Source(6), BoxScenes.Source(2, seed: 2), folder, options ?? OnCpu, added, CancellationToken.None);
    }

    private static SegmentationMask AllIgnored()
    {
        var mask = new SegmentationMask(40, 32, BoxScenes.Classes);
        mask.Ids.Fill(BoxScenes.Classes.IgnoreIndex);
        return mask;
    }

    private static Pipeline With(Pipeline pipeline, Func<TrainingOptions, TrainingOptions> change) => pipeline with { Training = change(pipeline.Training) };

    private static object[] Case(string name, Func<Pipeline, Pipeline> change) => [name, change];

    private sealed class Part(string name, List<string> order) : IDisposable
    {
        public void Dispose() => order.Add(name);
    }
}
