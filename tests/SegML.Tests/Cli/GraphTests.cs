using System.Text;
using SegML.Tests.Images;

namespace SegML.Tests.Cli;

/// <summary><c>segml model graph</c> and the costs in <c>segml model info</c>, on the published model.</summary>
[TestClass]
public sealed class GraphTests
{
    private static string Published => Path.Combine(Repository.Root, "onnx", "camvid-fcn-light.onnx");

    [TestMethod]
    public void GraphIsDrawnAtTheModelsOwnSizeAndAtAGivenOne()
    {
        using var folder = new TemporaryFolder();
        string picture = folder.File("g.svg");
        Segml.Result result = Segml.Run("model", "graph", Published, "--out", picture);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("M parameters; at 480x360 ", result.Output);
        Assert.StartsWith("<svg", File.ReadAllText(picture));
        string costs = result.Output.Trim()[(picture.Length + 2)..];
        Assert.Contains(costs, Segml.Run("model", "info", Published).Output);
        Assert.Contains("at 96x64 ", Segml.Run("model", "graph", Published, "--out", picture, "--size", "96x64").Output);
    }

    [TestMethod]
    public void FaultsAreOneLine()
    {
        using var folder = new TemporaryFolder();
        string picture = folder.File("g.svg"), words = folder.File("words.onnx", Encoding.UTF8.GetBytes("these are words"));
        Segml.Fails(2, Segml.Run("model", "graph", words, "--out", picture), words, "cannot be read as an ONNX model");
        Segml.Fails(2, Segml.Run("model", "graph", folder.File("none.onnx"), "--out", picture), "none.onnx", "cannot be read");
        Segml.Fails(2, Segml.Run("model", "graph", Published, "--out", picture, "--size", "large"), "--size large", "WIDTHxHEIGHT");
        Segml.Fails(2, Segml.Run("model", "graph", Published, "--out", picture, "--blocks", "0"), "--blocks", "above 0");
        Assert.IsFalse(File.Exists(picture));
    }
}
