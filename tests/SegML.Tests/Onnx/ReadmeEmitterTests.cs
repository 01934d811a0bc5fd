using SegML.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>The package's README shows how to add an emitter; what it shows is what is run here.</summary>
[TestClass]
public sealed class ReadmeEmitterTests
{
    [TestMethod]
    public void EmitterOfTheReadmeExports()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("square", new Square()), ("gate", nn.Sigmoid()));
        net.eval();
        Tensor example = Exported.Input(1, 3, 8, 8);
        string path = exported.File;

        // begin readme
        var options = new OnnxExportOptions();
        options.Emitters.Add<Square>((module, e) => e.Node("Mul", [e.Input, e.Input]));
        OnnxExportReport report = OnnxExporter.Export(net, example, path, options);
        // end readme

        Assert.AreEqual(2, report.Nodes);
        Assert.Contains(Shown(), File.ReadAllText(Path.Combine(Repository.Root, "src", "SegML.Onnx", "README.md")).ReplaceLineEndings("\n"));
    }

    private static string Shown()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "SegML.Tests", "Onnx", $"{nameof(ReadmeEmitterTests)}.cs"));
        int begin = Array.FindIndex(lines, l => l.Trim() == "// begin readme"), end = Array.FindIndex(lines, l => l.Trim() == "// end readme");
        return $"```csharp\n{string.Join('\n', lines[(begin + 1)..end].Select(l => l.Trim()))}\n```";
    }
}
