using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class LearningRateScheduleTests
{
    [TestMethod]
    [DataRow(0, 0.02)]
    [DataRow(4, 0.1)]
    [DataRow(9, 0.2)]
    [DataRow(10, 0.2)]
    [DataRow(60, 0.2 * 0.53588673126814)]
    [DataRow(109, 0.2 * 0.01584893192461)]
    public void PolyRisesLinearlyAndFallsPolynomially(int step, double expected) =>
        Assert.AreEqual(expected, new LearningRateSchedule(new ScheduleOptions(), 0.2, 10, 11, 10).At(step), 1e-12);

    [TestMethod]
    public void AWarmUpTakesATenthOfAShortRun()
    {
        var schedule = new LearningRateSchedule(new ScheduleOptions { Power = 1 }, 1, 100, 10, 4);
        CollectionAssert.AreEqual(new[] { 0.25, 0.5, 0.75, 1, 1 }, Enumerable.Range(0, 5).Select(s => Math.Round(schedule.At(s), 12)).ToArray());
        Assert.AreEqual(1.0 / 36, schedule.At(39), 1e-12);
    }

    [TestMethod]
    [DataRow(ScheduleKind.Poly)]
    [DataRow(ScheduleKind.Cosine)]
    [DataRow(ScheduleKind.OneCycle)]
    [DataRow(ScheduleKind.Step)]
    [DataRow(ScheduleKind.Constant)]
    public void OneStepHasARate(ScheduleKind kind) =>
        Assert.AreEqual(1, new LearningRateSchedule(new ScheduleOptions { Kind = kind }, 1, 100, 1, 1).At(0), 1e-12);

    [TestMethod]
    public void PolyIsTorchs() => AssertIsTorchs(new ScheduleOptions { Power = 1.7 }, optimizer => optim.lr_scheduler.PolynomialLR(optimizer, 60, 1.7));

    [TestMethod]
    public void CosineIsTorchs() => AssertIsTorchs(
        new ScheduleOptions { Kind = ScheduleKind.Cosine, End = 0.01 }, optimizer => optim.lr_scheduler.CosineAnnealingLR(optimizer, 60, eta_min: 0.002));

    [TestMethod]
    public void StepIsTorchs() => AssertIsTorchs(
        new ScheduleOptions { Kind = ScheduleKind.Step, StepEpochs = 2, StepFactor = 0.5 }, optimizer => optim.lr_scheduler.StepLR(optimizer, 20, 0.5));

    [TestMethod]
    public void OneCycleIsTorchs() => AssertIsTorchs(
        new ScheduleOptions { Kind = ScheduleKind.OneCycle, RiseShare = 0.35, Start = 0.1, End = 1e-4 },
        optimizer => optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps: 60, pct_start: 0.35, div_factor: 10, final_div_factor: 1000, cycle_momentum: false));

    [TestMethod]
    public void ConstantStays()
    {
        var schedule = new LearningRateSchedule(new ScheduleOptions { Kind = ScheduleKind.Constant }, 0.2, 4, 6, 10);
        CollectionAssert.AreEqual(new[] { 0.05, 0.1, 0.15, 0.2, 0.2, 0.2 }, ((int[])[0, 1, 2, 3, 4, 59]).Select(s => Math.Round(schedule.At(s), 12)).ToArray());
    }

    [TestMethod]
    public void StepsAreGroupsOfIterationsThatEndWithTheEpoch()
    {
        var plan = new StepPlan(EpochIterations: 5, Accumulate: 2);
        Assert.AreEqual(3, plan.EpochSteps);
        int[] iterations = [.. Enumerable.Range(0, 10)];
        CollectionAssert.AreEqual(new[] { 0, 0, 1, 1, 2, 3, 3, 4, 4, 5 }, iterations.Select(plan.StepOf).ToArray());
        CollectionAssert.AreEqual(new[] { 2, 2, 2, 2, 1, 2, 2, 2, 2, 1 }, iterations.Select(plan.SizeAt).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 3, 4, 6, 8, 9 }, iterations.Where(plan.Ends).ToArray());
    }

    [TestMethod]
    public void AScheduleIsReadFromTheFileFromSettingsAndFromOldFiles()
    {
        using var folder = new TemporaryFolder();
        Pipeline now = Read("""{ "schedule": { "kind": "oneCycle", "riseShare": 0.2 } }""", "training.schedule.end=0.5");
        Assert.AreEqual(new ScheduleOptions { Kind = ScheduleKind.OneCycle, RiseShare = 0.2, End = 0.5 }, now.Training.Schedule);
        Pipeline old = Read("""{ "polyPower": 0.7 }""");
        Assert.AreEqual(new ScheduleOptions { Power = 0.7 }, old.Training.Schedule);
        Assert.DoesNotContain("polyPower", PipelineFile.ToJson(old));
        Assert.Contains("training.schedule.riseShare", Assert.ThrowsExactly<PipelineFormatException>(() => Read("""{ "schedule": { "riseShare": 1 } }""")).Message);
        Assert.Contains("oneCycle", Assert.ThrowsExactly<PipelineFormatException>(() => Read("""{ "schedule": { "kind": "cyclic" } }""")).Message);

        Pipeline Read(string training, params string[] settings)
        {
            File.WriteAllText(folder.File("p.json"), $$"""{ "name": "p", "classes": [ { "id": 0, "name": "a" } ], "training": {{training}} }""");
            return PipelineFile.Read(folder.File("p.json"), settings: settings);
        }
    }

    /// <summary>Sixty steps of ten an epoch without warm-up, peak 0.2.</summary>
    private static void AssertIsTorchs(ScheduleOptions options, Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> create)
    {
        using Linear net = nn.Linear(1, 1);
        using SGD optimizer = optim.SGD(net.parameters(), 0.2);
        optim.lr_scheduler.LRScheduler theirs = create(optimizer);
        var ours = new LearningRateSchedule(options, 0.2, 0, 6, 10);
        for (int step = 0; step < 60; step++)
        {
            Assert.AreEqual(optimizer.ParamGroups.First().LearningRate, ours.At(step), 1e-9, $"step {step}");
            optimizer.step();
            theirs.step();
        }
    }
}
