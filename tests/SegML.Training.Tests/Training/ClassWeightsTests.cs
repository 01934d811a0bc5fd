using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Losses;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ClassWeightsTests
{
    [TestMethod]
    public void NoneIsOneForAll() =>
        CollectionAssert.AreEqual(new[] { 1f, 1f, 1f }, ClassWeights.From([5, 100, 0], ClassWeighting.None));

    [TestMethod]
    public void InverseSquareRootFollowsTheShares()
    {
        float[] weights = ClassWeights.From([900, 100, 0, 0], ClassWeighting.InverseSquareRoot);
        Assert.AreEqual(3, weights[1] / weights[0], 1e-6);
        Assert.AreEqual(1, (weights[0] + weights[1]) / 2, 1e-6);
        Assert.AreEqual(1, weights[2]);
    }

    [TestMethod]
    public void InverseLogIsThatOfENet()
    {
        float[] weights = ClassWeights.From([900, 100], ClassWeighting.InverseLog);
        Assert.AreEqual(Math.Log(2.0) / Math.Log(1.2), weights[1] / weights[0], 1e-5);
    }

    [TestMethod]
    public void MedianFrequencyIsOneForTheClassInTheMiddle()
    {
        float[] weights = ClassWeights.From([700, 100, 0, 200], ClassWeighting.MedianFrequency);
        CollectionAssert.AreEqual(new[] { 200f / 700, 2, 1, 1 }, weights);
    }

    [TestMethod]
    public void EffectiveNumberIsThatOfItsDefinition()
    {
        // Of 1,000 pixels, b = 0.999: the definition itself, without its limit.
        float[] weights = ClassWeights.From([900, 100], ClassWeighting.EffectiveNumber);
        Assert.AreEqual((1 - Math.Pow(0.999, 900)) / (1 - Math.Pow(0.999, 100)), weights[1] / weights[0], 1e-2);
    }

    [TestMethod]
    public void GivenWeightsAreUsedAsTheyAre()
    {
        Pipeline pipeline = BoxScenes.Pipeline;
        var rule = new ClassWeightRule(new Dictionary<string, double> { ["box"] = 3.5 });
        CollectionAssert.AreEqual(pipeline.Classes.Names.Select(n => n == "box" ? 3.5f : 1f).ToArray(), ClassWeights.From([900, 100], rule, pipeline.Classes));
        CollectionAssert.AreEqual(
            ClassWeights.From([900, 100], ClassWeighting.InverseLog), ClassWeights.From([900, 100], (ClassWeightRule)ClassWeighting.InverseLog, pipeline.Classes));
    }

    [TestMethod]
    public void GivenWeightsAreReadWrittenAndChecked()
    {
        Pipeline pipeline = BoxScenes.Pipeline;
        pipeline = pipeline with { Training = pipeline.Training with { ClassWeights = new ClassWeightRule(new Dictionary<string, double> { ["box"] = 3 }) } };
        using var folder = new TemporaryFolder();
        string file = folder.File("p.json");
        File.WriteAllText(file, PipelineFile.ToJson(pipeline));
        Assert.AreEqual(3, PipelineFile.Read(file).Training.ClassWeights.Weights!["box"]);
        Assert.AreEqual(4.5, PipelineFile.Read(file, settings: ["training.classWeights.box=4.5"]).Training.ClassWeights.Weights!["box"]);
        Assert.AreEqual<ClassWeightRule>(ClassWeighting.None, PipelineFile.Read(file, settings: ["training.classWeights=none"]).Training.ClassWeights);
        foreach ((string setting, string fault) in (ReadOnlySpan<(string, string)>)[
            ("training.classWeights.cat=2", "\"cat\" in training.classWeights, which is no class"),
            ("training.classWeights.box=0", "training.classWeights.box 0"),
            ("training.classWeights.box=\"much\"", "training.classWeights"),
            ("training.classWeights=often", "write one of \"none\"")])
        {
            Assert.Contains(fault, Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(file, settings: [setting])).Message);
        }
    }
}
