using SegML.Tests.Images;
using SegML.Tests.Training;

namespace SegML.Tests.Runs;

/// <summary>
/// Commands that are stopped at any change of their files leave nothing half written under a final name, and end as always when they are run again.
/// Moments are drawn from a seed over all changes that a whole run makes. SEGML_KILLS=20 stops each command 20 times instead of once.
/// </summary>
[TestClass]
public sealed class KilledCommandsTests
{
    [TestMethod]
    [DataRow(SegmlProcess.Kill, "export")]
    [DataRow(SegmlProcess.Terminate, "export")]
    [DataRow(SegmlProcess.Kill, "fp16")]
    [DataRow(SegmlProcess.Kill, "masks")]
    [DataRow(SegmlProcess.Kill, "predict")]
    [DataRow(SegmlProcess.Terminate, "predict")]
    [DataRow(SegmlProcess.Kill, "average")]
    [DataRow(SegmlProcess.Kill, "tune")]
    [DataRow(SegmlProcess.Terminate, "tune")]
    public void WhatIsStoppedLeavesOnlyWholeFilesAndEndsWhenItIsRunAgain(int signal, string command)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("skipped: signals are Unix's");
        }
        string? asked = Environment.GetEnvironmentVariable("SEGML_KILLS");
        if (asked is null && command != "masks")
        {
            Assert.Inconclusive("skipped: takes a minute; set SEGML_KILLS to how often each command is to be stopped");
        }
        int kills = asked is null ? 1 : int.Parse(asked);
        using TemporaryFolder data = new(), straight = new(), stopped = new();
        string pipeline = command == "tune" ? BoxSceneFiles.Write(data, TunerTests.Searching) : RunData.Write(data, t => t with { Epochs = 2, ValidateEvery = 1, KeepCheckpoints = 2 });
        string[] Arguments(TemporaryFolder to) => Command(command, data, pipeline, to);
        if (command is not "masks" and not "tune")
        {
            SegmlProcess.ToEnd("train", pipeline, "--out", data.File("run"), "--device", "cpu");
            SegmlProcess.ToEnd("export", data.File("run"), "--out", data.File("model.onnx"));
        }
        int changes = 0;
        Assert.AreEqual(0, SegmlProcess.StopAt(signal, straight.Path, file => file is { Length: > 0 } && ++changes < 0, Arguments(straight)));

        var random = new Random(signal);
        int early = 0;
        for (int i = 0; i < kills; i++)
        {
            int moment = random.Next(1, Math.Max(2, changes * 9 / 10)), seen = 0;
            int code = SegmlProcess.StopAt(signal, stopped.Path, file => file is { Length: > 0 } && ++seen == moment, Arguments(stopped));
            Assert.IsTrue(code is 0 or 130 || code == 128 + signal, $"exit code {code}");
            early += code == 0 ? 0 : 1;
            foreach (string file in Whole(stopped, command, ended: false))
            {
                CollectionAssert.AreEqual(File.ReadAllBytes(straight.File(file)), File.ReadAllBytes(stopped.File(file)), $"{file} after change {moment} of {changes}");
            }
        }
        Console.WriteLine($"{command}: {kills} times, {early} before the end, of {changes} changes");
        Assert.AreEqual(0, SegmlProcess.StopAt(signal, stopped.Path, _ => false, Arguments(stopped)));
        CollectionAssert.AreEqual(Whole(straight, command), Whole(stopped, command));
        foreach (string file in Whole(straight, command))
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(straight.File(file)), File.ReadAllBytes(stopped.File(file)), file);
        }
        Assert.IsEmpty(Directory.GetFileSystemEntries(stopped.Path, "*.tmp", SearchOption.AllDirectories));
    }

    private static string[] Command(string name, TemporaryFolder data, string pipeline, TemporaryFolder to) => name switch
    {
        "export" => ["export", data.File("run"), "--out", to.File("model.onnx")],
        "fp16" => ["export", data.File("model.onnx"), "--precision", "fp16", "--out", to.File("model.onnx")],
        "masks" => ["data", "masks", data.File("train/masks"), "--pipeline", data.File("p.json"), "--out", to.Path],
        "predict" => ["predict", data.File("model.onnx"), data.File("train/images"), "--out", to.Path],
        "average" => ["runs", "average", data.File("run"), "--last", "2", "--out", to.File("mean")],
        "tune" => ["runs", "tune", pipeline, "--out", to.Path, "--device", "cpu", "--jobs", "1", "--resume", "--set", "tune.trials=2", "tune.halving=2"],
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>The files under final names whose bytes depend on nothing but the inputs; a search's, which go on growing, once it has ended.</summary>
    private static string[] Whole(TemporaryFolder folder, string command, bool ended = true) => [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder.Path, f)).Where(f => !f.Contains(".tmp", StringComparison.Ordinal) && (command == "tune" ? ended && Path.GetExtension(f) == ".dat" : Path.GetExtension(f) is ".png" or ".onnx" or ".dat")).Order(StringComparer.Ordinal)];
}
