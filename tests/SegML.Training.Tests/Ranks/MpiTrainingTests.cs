using System.Diagnostics;
using SegML.Pipelines;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Training;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Tests.Ranks;

[TestClass]
public sealed class MpiTrainingTests
{
    // At a rate at which rounding stays rounding: where training is chaotic, any other order of a sum ends elsewhere, also in one process.
    // Every kind of loss: means over pixels, and one that needs the whole batch. Six samples, a corner of each ignored.
    private static Pipeline Fifty(Pipeline p) => p with
    {
        Training = p.Training with
        {
            Epochs = 2,
            IterationsPerEpoch = 25,
            BatchSize = 4,
            Optimizer = OptimizerKind.Sgd,
            LearningRate = 0.05,
            AuxiliaryFactor = 0.4,
            Losses = [new LossOptions { Kind = LossKind.CrossEntropy }, new LossOptions { Kind = LossKind.Dice, Factor = 0.5 }],
        },
    };

    [TestMethod]
    public void TwoProcessesLearnWhatOneLearns()
    {
        Mpirun.Require();
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder, p => Mpirun.Everything ? Fifty(p) : Fifty(p) with { Training = Fifty(p).Training with { IterationsPerEpoch = 4 } });
        One(pipeline, folder.File("one"));
        Several(2, pipeline, folder.File("two"));
        AssertSame(folder.File("one"), folder.File("two"));
        Assert.AreEqual(Log(folder.File("one")), Log(folder.File("two")), "validation, shared out, finds the same");
    }

    [TestMethod]
    public void FourProcessesLearnWhatOneLearnsAndTheSameTwice()
    {
        Mpirun.RequireTime();
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder, Fifty);
        One(pipeline, folder.File("one"));
        Several(4, pipeline, folder.File("four"));
        Several(4, pipeline, folder.File("again"));
        AssertSame(folder.File("one"), folder.File("four"));
        CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("four/last.dat")), File.ReadAllBytes(folder.File("again/last.dat")));
    }

    [TestMethod]
    public void ARunGoesOnWithAnotherNumberOfProcesses()
    {
        Mpirun.RequireTime();
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder, p => Fifty(p) with { Training = Fifty(p).Training with { Epochs = 4, IterationsPerEpoch = 10, LearningRate = 0.002 } });
        string half = folder.File("half.json");
        File.Copy(pipeline, half);
        One(pipeline, folder.File("one"));
        // Forty steps: beyond sixty rounding grows so far, also between whole runs of one process and of two.
        // Two epochs with two processes, one more with four, the last one alone.
        Stopped(2, half, folder.File("mixed"), epochs: 2);
        Stopped(4, half, folder.File("mixed"), epochs: 3);
        One(half, folder.File("mixed"), "--resume");
        AssertSame(folder.File("one"), folder.File("mixed"));
    }

    [TestMethod]
    public void AProcessThatDiesEndsTheRunAndItsLastCheckpointIsWhole()
    {
        Mpirun.RequireTime();
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder, p => Fifty(p) with { Training = Fifty(p).Training with { Epochs = 400 } }), run = folder.File("run");
        using Process process = Mpirun.Start(2, "train", pipeline, "--out", run, "--device", "cpu");
        Task<string> said = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEndAsync();
        Assert.IsTrue(SpinWait.SpinUntil(() => File.Exists(Path.Combine(run, "log.csv")) && File.ReadAllLines(Path.Combine(run, "log.csv")).Length > 2, TimeSpan.FromSeconds(90)));
        int rank = int.Parse(Children(process)[^1], System.Globalization.CultureInfo.InvariantCulture);
        using (var victim = Process.GetProcessById(rank))
        {
            victim.Kill();
        }
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromSeconds(60)), "the others wait for the dead one");
        Assert.AreNotEqual(0, process.ExitCode);
        Dictionary<string, Tensor> tensors = TensorFile.Read(Path.Combine(run, "last.dat"));
        Assert.IsNotEmpty(tensors);
        // And it goes on.
        int epoch = (int)tensors["epoch"].item<long>() + 1;
        Stopped(2, pipeline, run, epoch);
        Assert.IsNotEmpty(said.Result);
    }

    [TestMethod]
    public void AProcessThatIsSilentEndsTheTrainingWithOneLine()
    {
        Mpirun.RequireTime();
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder, p => Fifty(p) with { Training = Fifty(p).Training with { Epochs = 400 } }), run = folder.File("run"), log = Path.Combine(run, "log.csv");
        using Process process = Mpirun.Start(2, "train", pipeline, "--out", run, "--device", "cpu", "--rank-patience", "5");
        Task<string> said = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEndAsync();
        Assert.IsTrue(SpinWait.SpinUntil(() => File.Exists(log) && File.ReadAllLines(log).Length > 2, TimeSpan.FromSeconds(90)));
        // To the other it is as if its machine were gone: no answer, and nobody who says so.
        string silent = Children(process)[^1];
        Process.Start("kill", ["-STOP", silent])!.WaitForExit();
        try
        {
            SpinWait.SpinUntil(() => process.HasExited, TimeSpan.FromSeconds(15));
        }
        finally
        {
            // mpirun waits for the end of what it has asked to end.
            Process.Start("kill", ["-CONT", silent])!.WaitForExit();
        }
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromSeconds(30)), "it waits for the silent one");
        Assert.AreNotEqual(0, process.ExitCode);
        string[] lines = [.. said.Result.Split('\n').Where(l => l.Contains("segml:", StringComparison.Ordinal))];
        Assert.HasCount(1, lines, said.Result);
        Assert.Contains("have not answered for 5 s", lines[0]);
        Assert.IsNotEmpty(TensorFile.Read(Path.Combine(run, "last.dat")));
    }

    [TestMethod]
    public void WhatOneProcessCannotDoEndsAllWithOneLine()
    {
        Mpirun.RequireTime();
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder, Fifty);
        (int code, string said) = Mpirun.Run(8, "train", pipeline, "--out", folder.File("run"), "--device", "cpu");
        Assert.AreNotEqual(0, code);
        Assert.HasCount(1, said.Split('\n').Where(l => l.Contains("segml:", StringComparison.Ordinal)), said);
        Assert.Contains("of which 8 processes cannot have one each", said);
        Assert.IsFalse(Directory.Exists(folder.File("run")));
    }

    private static string[] Children(Process process)
    {
        using var children = Process.Start(new ProcessStartInfo("pgrep", ["-P", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        return children.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void One(string pipeline, string run, params string[] more)
    {
        Segml.Result result = Segml.Run(["train", pipeline, "--out", run, "--device", "cpu", "--samples-every", "0", .. more]);
        Assert.AreEqual(0, result.Code, result.Error);
    }

    private static void Several(int count, string pipeline, string run, params string[] more)
    {
        (int code, string said) = Mpirun.Run(count, ["train", pipeline, "--out", run, "--device", "cpu", "--samples-every", "0", .. more]);
        Assert.AreEqual(0, code, said);
    }

    /// <summary>Trains until an epoch is done, then asks to stop, as Ctrl-C does.</summary>
    private static void Stopped(int count, string pipeline, string run, int epochs)
    {
        using Process process = Mpirun.Start(count, "train", pipeline, "--out", run, "--device", "cpu", "--samples-every", "0", "--resume");
        Task<string> said = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEndAsync();
        string log = Path.Combine(run, "log.csv");
        Assert.IsTrue(SpinWait.SpinUntil(() => process.HasExited || (File.Exists(log) && File.ReadAllLines(log).Length > epochs), TimeSpan.FromSeconds(90)));
        using (var interrupt = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!)
        {
            interrupt.WaitForExit();
        }
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromSeconds(60)), said.Result);
    }

    private static void AssertSame(string one, string other)
    {
        Dictionary<string, Tensor> expected = TensorFile.Read(Path.Combine(one, "last.dat")), found = TensorFile.Read(Path.Combine(other, "last.dat"));
        CollectionAssert.AreEquivalent(expected.Keys, found.Keys);
        double largest = 0, moved = 0;
        foreach ((string name, Tensor tensor) in expected.Where(t => t.Key.StartsWith("network.", StringComparison.Ordinal) || t.Key.StartsWith("average.", StringComparison.Ordinal)))
        {
            double difference = (tensor.to_type(ScalarType.Float64) - found[name].to_type(ScalarType.Float64)).abs().max().item<double>();
            largest = Math.Max(largest, difference);
            moved = Math.Max(moved, tensor.to_type(ScalarType.Float64).abs().max().item<double>());
        }
        Console.WriteLine($"largest difference of a weight {largest:g3}, largest weight {moved:g3}");
        Assert.IsLessThanOrEqualTo(1e-5, largest);
    }

    // Without the columns of time and memory.
    private static string Log(string run) => string.Join('\n', File.ReadAllLines(Path.Combine(run, "log.csv")).Select(line => line.Split(',') is var cells ? $"{cells[0]},{cells[1]}" : ""));
}
