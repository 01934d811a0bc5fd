using System.Text.RegularExpressions;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Onnx.Modules;
using SegML.Onnx.Quantization;
using SegML.Onnx.Rewriting;
using SegML.Tests.Images;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>The package README's examples, run as they stand there: between the markers is README's text, indentation aside.</summary>
[TestClass]
public sealed class OnnxReadmeTests
{
    [TestMethod]
    public void ReadmeHoldsTheseExamplesAndNoOthers()
    {
        string readme = Text("src/SegML.Onnx/README.md"), tests = Text("tests/SegML.Training.Tests/Onnx/OnnxReadmeTests.cs");
        MatchCollection examples = Regex.Matches(readme, "<!-- example: (\\w+) -->\n```csharp\n(.*?)```", RegexOptions.Singleline);
        Assert.HasCount(examples.Count, Regex.Matches(readme, "(?<!<!-- usings -->\n)```csharp"), "an example is not marked, and so not run");
        foreach (Match example in examples)
        {
            string name = example.Groups[1].Value;
            Match run = Regex.Match(tests, $"// begin {name}\n(.*?)\n *// end {name}", RegexOptions.Singleline);
            Assert.IsTrue(run.Success, $"no test runs the example {name}");
            Assert.AreEqual(Plain(example.Groups[2].Value), Plain(run.Groups[1].Value), $"the example {name} is not the one that is run");
        }
    }

    [TestMethod]
    public void EmitterOfTheReadmeExports()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("square", new Square()), ("gate", nn.Sigmoid()));
        net.eval();
        Tensor example = Exported.Input(1, 3, 8, 8);
        string path = exported.File;

        // begin emitter
        var options = new OnnxExportOptions();
        options.Emitters.Add<Square>((module, e) => e.Node("Mul", [e.Input, e.Input]));
        OnnxExportReport report = OnnxExporter.Export(net, example, path, options);
        // end emitter

        Assert.AreEqual(2, report.Nodes);
    }

    [TestMethod]
    public void ModuleOfTheReadmeGoesAllTheWays()
    {
        using var folder = new TemporaryFolder();
        using DisposeScope scope = NewDisposeScope();
        string before = Environment.CurrentDirectory;
        TextWriter console = Console.Out;
        using var output = new StringWriter();
        try
        {
            Environment.CurrentDirectory = folder.Path;
            Console.SetOut(output);
            AllTheWays();
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = before;
        }
        Assert.Contains("all agree", output.ToString());
        Assert.Contains("6 found, missing: \n", output.ToString().ReplaceLineEndings("\n"));
    }

    private static void AllTheWays()
    {
        using var module = nn.Sequential(("residual", new Residual()), ("wide", nn.Conv2d(3, 8, 3, padding: 1)), ("head", nn.Conv2d(8, 4, 1)));
        Exported.Perturb(module);
        Tensor[] images = [.. Enumerable.Range(0, 4).Select(_ => rand(1, 3, 64, 96))];

        // begin export
        module.eval();
        OnnxExportReport report = OnnxExporter.Export(module, torch.randn(1, 3, 64, 96), "net.onnx");
        Console.WriteLine($"largest difference {report.MaxDifference:G2}");
        // end export

        // begin parity
        OnnxParityReport parity = OnnxParity.Compare(module, "net.onnx", torch.randn(1, 3, 50, 70));
        Console.WriteLine(parity.FirstDivergent is { } first ? $"{first.Name}: {first.Actual} in place of {first.Expected}" : "all agree");
        // end parity

        // begin half
        OnnxFloat16Report half = OnnxFloat16.Convert("net.onnx", "net-fp16.onnx");
        // end half

        // begin quantize
        var feeds = OnnxFeeds.FromTensors("input", images); // or dictionaries of OrtValue
        QuantizationReport int8 = OnnxQuantizer.Quantize("net.onnx", feeds, "net-int8.onnx", new QuantizationOptions { MaxLoss = 0.05 });
        Console.WriteLine($"size {int8.SizeRatio:0.00}, time {int8.LatencyRatio:0.00}, same class {int8.Agreement:P1}");
        // end quantize

        // begin image
        OnnxImageReport image = OnnxImageModel.Rewrite("net.onnx", "image.onnx", new OnnxImageOptions { Height = 64, Width = 96 });
        // end image

        // begin weights
        OnnxWeightReport found = OnnxWeights.Load(module, "net.onnx", dryRun: true);
        Console.WriteLine($"{found.Loaded.Count} found, missing: {string.Join(", ", found.Missing)}");
        // end weights

        // begin summary
        OnnxSummary summary = OnnxSummary.Read("net.onnx", new Dictionary<string, long> { ["H"] = 64, ["W"] = 96 });
        File.WriteAllText("net.svg", summary.ToSvg());
        // end summary

        Assert.AreEqual(module.parameters().Sum(p => p.numel()), half.Converted);
        Assert.IsTrue(int8.Agreement > 0.9 && image.Agreement >= 0.999, $"{int8.Agreement} {image.Agreement}");
        Assert.AreEqual(report.Parameters, summary.Parameters);
        Assert.IsTrue(File.Exists("net.svg"));
    }

    private static string Text(string path) => File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");

    private static string Plain(string code) => Regex.Replace(code.Trim(), "\n +", "\n");

    // begin module
    internal sealed class Residual : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d conv = nn.Conv2d(3, 3, 3, padding: 1);

        public Residual() : base("residual") => RegisterComponents();

        public override Tensor forward(Tensor x) => (conv.call(x) + x).relu_();
    }
    // end module
}
