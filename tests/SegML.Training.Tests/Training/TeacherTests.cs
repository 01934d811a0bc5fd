using SegML.Colors;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using SegML.Training.Teaching;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>A network learns from finished models, on images with and without masks.</summary>
[TestClass]
public sealed class TeacherTests
{
    private static readonly TemporaryFolder Folder = new();
    private static readonly Pipeline Boxes = BoxScenes.Pipeline;

    private static string Run => Folder.File("run");

    private static string Model => Folder.File("teacher.onnx");

    [ClassInitialize]
    public static void TrainATeacher(TestContext context)
    {
        Trainer.Train(Boxes, BoxScenes.Source(9), BoxScenes.Source(2), Run, new TrainerOptions { Device = ComputeDevice.Cpu });
        ModelExport.Export(Run, Model);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void WhoAgreesWithItsTeacherPaysNothingWhetherARunOrAModelTeaches()
    {
        using IDisposable noGradients = no_grad();
        using SegmentationNetwork network = RunFolder.ReadBest(Run, Boxes);
        Tensor images = Images(), logits = network.CoarseLogits(images), labels = zeros([2, 24, 32], ScalarType.Byte);
        foreach (string[] models in (string[][])[[Run], [Model], [Run, Model]])
        {
            using Teachers teachers = Open(new TeacherOptions { Models = models });
            Assert.AreEqual(0, teachers.Loss(models[0] == Model ? network.call(images) : logits, images, labels).item<float>(), 2e-3, string.Join(" ", models));
            Assert.IsGreaterThan(0.1f, teachers.Loss(-logits, images, labels).item<float>());
        }
    }

    [TestMethod]
    public void TheCostIsThePapersFormula()
    {
        manual_seed(3);
        using IDisposable noGradients = no_grad();
        using Teachers soft = Open(new TeacherOptions { Models = [Run], Temperature = 3 }), sure = Open(new TeacherOptions { Models = [Run], Confidence = 0.4 });
        using SegmentationNetwork network = RunFolder.ReadBest(Run, Boxes);
        Tensor images = Images(), theirs = network.CoarseLogits(images), own = randn(theirs.shape), labels = zeros([2, 24, 32], ScalarType.Byte);
        double divergence = 0, entropy = 0;
        int pixels = 0, counted = 0;
        (long n, long classes, long height, long width) = (theirs.shape[0], theirs.shape[1], theirs.shape[2], theirs.shape[3]);
        for (long i = 0; i < n * height * width; i++, pixels++)
        {
            (long image, long y, long x) = (i / (height * width), i / width % height, i % width);
            double[] t = Column(theirs), s = Column(own);
            double[] p = Softmax(t, 3), q = Softmax(s, 3), sharp = Softmax(t, 1);
            divergence += 9 * p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
            if (sharp.Max() >= 0.4)
            {
                counted++;
                entropy -= Math.Log(Softmax(s, 1)[Array.IndexOf(sharp, sharp.Max())]);
            }

            double[] Column(Tensor tensor) => [.. Enumerable.Range(0, (int)classes).Select(c => (double)tensor[image, c, y, x].item<float>())];
        }
        Assert.IsTrue(counted > 0 && counted < pixels, $"{counted} of {pixels} pixels are sure");
        Assert.AreEqual(divergence / pixels, soft.Loss(own, images, labels).item<float>(), 1e-3);
        Assert.AreEqual(entropy / counted, sure.Loss(own, images, labels).item<float>(), 1e-3);

        static double[] Softmax(double[] logits, double temperature)
        {
            double[] powers = [.. logits.Select(l => Math.Exp(l / temperature))];
            return [.. powers.Select(e => e / powers.Sum())];
        }
    }

    [TestMethod]
    public void IgnoredPixelsTeachNothingUnlessTheImageHasNoMaskAtAll()
    {
        manual_seed(3);
        using IDisposable noGradients = no_grad();
        using Teachers teachers = Open(new TeacherOptions { Models = [Run] });
        Tensor images = Images(), own = randn(2, 3, 12, 16), none = full([2, 24, 32], Boxes.Classes.IgnoreIndex, dtype: ScalarType.Byte), labels = none.clone();
        float all = teachers.Loss(own, images, zeros([2, 24, 32], ScalarType.Byte)).item<float>();
        Assert.AreEqual(all, teachers.Loss(own, images, none).item<float>(), 1e-6f);
        // One pixel of the first image is labelled, and the second image not at all.
        labels[0, TensorIndex.Slice(0, 2), TensorIndex.Slice(0, 2)] = 1;
        Tensor changed = own.clone();
        changed[0, .., 5, 5] = 50;
        changed[0, 1, 5, 5] = -50;
        float before = teachers.Loss(own, images, labels).item<float>();
        Assert.AreEqual(before, teachers.Loss(changed, images, labels).item<float>(), 1e-6f);
        Assert.AreNotEqual(all, before);
    }

    [TestMethod]
    public void ItSeesTheBatchInItsOwnColoursAndScale()
    {
        var teacher = new InputOptions { ColorSpace = ColorSpace.Bgr, Mean = [0.1f, 0.2f, 0.3f], Std = [0.5f, 0.25f, 1] };
        var learner = new InputOptions();
        using Tensor rgb = rand(1, 3, 4, 4), seen = TeacherInput.Between("m.onnx", teacher, learner).Convert(Normalized(rgb, learner));
        Assert.IsTrue(seen.allclose(Normalized(rgb.flip(1), teacher), 1e-4, 1e-5));
        var fault = Assert.ThrowsExactly<ModelFormatException>(() => TeacherInput.Between("m.onnx", new InputOptions { ColorSpace = ColorSpace.Lab }, learner));
        Assert.Contains("sees other colours", fault.Message);

        static Tensor Normalized(Tensor image, InputOptions input) =>
            (image - tensor(input.Mean.ToArray()).reshape(1, 3, 1, 1)) / tensor(input.Std.ToArray()).reshape(1, 3, 1, 1);
    }

    [TestMethod]
    public void AModelThatCannotTeachIsRefusedBeforeTheTraining()
    {
        Pipeline other = With(new TeacherOptions { Models = [Model] }) with
        {
            Classes = new ClassSet([.. Boxes.Classes.Classes, new SegmentationClass { Id = 3, Name = "moon", Color = new(9, 9, 9) }]),
        };
        Assert.Contains("does not know the class \"moon\"", Trainer.Check(other).Single().Message);
        Assert.Contains("gone.onnx", Trainer.Check(With(new TeacherOptions { Models = ["gone.onnx"] })).Single().Message);
        Assert.Contains("1 to 16 models", Assert.ThrowsExactly<PipelineFormatException>(() => With(new TeacherOptions()).Validate()).Message);
    }

    [TestMethod]
    public void ANetworkLearnsFromImagesWithoutMasks()
    {
        using TemporaryFolder alone = new(), taught = new();
        // One image has a mask; the teacher has seen them all.
        SampleSource mixed = new(9, i => BoxScenes.Draw(1000 + i, 40, 32) is var (image, mask) && i > 0 ? (image, Ignored(mask)) : (image, mask));
        Trainer.Train(Boxes, mixed, BoxScenes.Source(4), alone.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        Trainer.Train(With(new TeacherOptions { Models = [Run], Weight = 0.9, Flip = true }), mixed, BoxScenes.Source(4), taught.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        Assert.IsLessThan(Disagreement(alone.Path), Disagreement(taught.Path));
        Assert.Contains("teacher", File.ReadAllText(taught.File("pipeline.json")));

        static SegmentationMask Ignored(SegmentationMask mask)
        {
            mask.Ids.Fill(Boxes.Classes.IgnoreIndex);
            return mask;
        }
    }

    private static double Disagreement(string run)
    {
        manual_seed(3);
        using IDisposable noGradients = no_grad();
        using Teachers teachers = Open(new TeacherOptions { Models = [Run] });
        using SegmentationNetwork network = RunFolder.ReadBest(run, Boxes);
        Tensor images = Images();
        return teachers.Loss(network.CoarseLogits(images), images, zeros([2, 24, 32], ScalarType.Byte)).item<float>();
    }

    private static Teachers Open(TeacherOptions options) => Teachers.Open(options, Boxes, CPU);

    private static Pipeline With(TeacherOptions teacher) => Boxes with { Training = Boxes.Training with { Teacher = teacher } };

    // As batches are: channels last, and of drawn scenes, which the teacher knows.
    private static Tensor Images()
    {
        var pixels = new float[2 * 24 * 32 * 3];
        InputOptions input = Boxes.Input;
        for (int i = 0; i < pixels.Length; i++)
        {
            int n = i / (24 * 32 * 3);
            (var image, var mask) = Scenes[n];
            int pixel = i / 3 % (24 * 32), c = i % 3;
            pixels[i] = ((image.Row(pixel / 32)[4 * (pixel % 32) + c] / 255f) - input.Mean[c]) / input.Std[c];
        }
        return tensor(pixels, [2, 24, 32, 3]).permute(0, 3, 1, 2);
    }

    private static readonly (SegML.Images.RgbaImage Image, SegmentationMask Mask)[] Scenes = [BoxScenes.Draw(77, 32, 24), BoxScenes.Draw(78, 32, 24)];
}
