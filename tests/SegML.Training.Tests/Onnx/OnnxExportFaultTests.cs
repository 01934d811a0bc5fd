using SegML.Onnx;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>What cannot be exported is refused in one line that names it and the way out, and no file is left.</summary>
[TestClass]
public sealed class OnnxExportFaultTests
{
    [TestMethod]
    public void TrainingModeIsRefusedByTheNameOfTheModuleThatIsInIt()
    {
        using var net = nn.Sequential(("norm", nn.BatchNorm2d(3)));
        net.train();
        Refuses(net, "training mode", "eval()");
        net.eval();
        net.named_children().Single().module.train();
        Refuses(net, "norm (BatchNorm2d)", "eval()");
    }

    [TestMethod]
    public void NotANumberInAWeightIsRefusedByName()
    {
        using var net = Evaluated(nn.Sequential(("conv", nn.Conv2d(3, 3, 1))));
        using (no_grad())
        {
            net.get_parameter("conv.weight")!.fill_(float.NaN);
        }
        Refuses(net, "conv.weight", "NaN");
    }

    [TestMethod]
    public void DisposedWeightIsRefusedWhereItIsUsed()
    {
        using var net = Evaluated(nn.Sequential(("gate", nn.Sigmoid()), ("conv", nn.Conv2d(3, 3, 1))));
        net.get_parameter("conv.weight")!.Dispose();
        Refuses(net, "has been disposed, after gate (Sigmoid)", "load its weights again");
    }

    [TestMethod]
    public void NativeModuleOfAScopeThatHasEndedIsRefused()
    {
        nn.Module net;
        using (NewDisposeScope())
        {
            net = Evaluated(nn.TransformerEncoderLayer(8, 2, 8));
        }
        using var exported = new Exported();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, Exported.Input(5, 2, 8), exported.File));
        Assert.Contains("has parameters that have been disposed; create it outside of any dispose scope", e.Message);
    }

    [TestMethod]
    public void DoublePrecisionIsRefusedWithTheConversion()
    {
        using var net = Evaluated(nn.Conv2d(3, 3, 1, dtype: ScalarType.Float64));
        Refuses(net, "weight", "Float32");
    }

    [TestMethod]
    public void ModuleWithoutEmitterIsNamedWithBothWaysOut()
    {
        using var net = Evaluated(nn.Sequential(("odd", new Square())));
        Refuses(net, ModulesOnly, "odd (Square)", "SegML.Onnx.Modules", "options.Emitters.Add<Square>");
    }

    [TestMethod]
    public void BareOperationBetweenModulesIsFoundByItsReader()
    {
        using var net = Evaluated(new Composed((p, x) => p[1].call(p[0].call(x) + 1), nn.Conv2d(3, 3, 1), nn.Sigmoid()));
        Refuses(net, ModulesOnly, "part1 (Sigmoid)", "[1, 3, 8, 8]", "TraceOperations is false", "no traced module produced", "SegML.Onnx.Modules");
    }

    [TestMethod]
    public void BareOperationAtTheEndIsFound()
    {
        using var net = Evaluated(new Composed((p, x) => p[0].call(x) + 1, nn.Conv2d(3, 3, 1)));
        Refuses(net, ModulesOnly, "returns a tensor", "no traced module produced");
    }

    public static IEnumerable<object[]> BareOperations => Bare.Keys.Select(k => new object[] { k });

    private static readonly Dictionary<string, (Func<Tensor, Tensor, Tensor> Compute, string Named)> Bare = new()
    {
        ["a + b"] = ((a, b) => a + b, "Add of part0 and the input"),
        ["a * b"] = ((a, b) => b * a, "Mul of part0 and the input"),
        ["a - b"] = ((a, b) => b - a, "Sub of the input and part0"),
        ["a + 1"] = ((a, _) => a + 1, "Add (with a parameter or buffer) of part0"),
        ["cat"] = ((a, b) => cat([b, a], 1), "Concat of the input and part0"),
        ["relu"] = ((a, _) => a.relu(), "nn.ReLU of part0"),
        ["softmax"] = ((a, _) => nn.functional.softmax(a, 1), "nn.Softmax of part0"),
        ["mean"] = ((a, _) => a.mean([2L, 3L], keepdim: true), "Mean (or nn.AdaptiveAvgPool2d) of part0"),
        ["view"] = ((a, _) => a.view(1, 3, 16, 4), "Reshape (or nn.Flatten, nn.Unflatten) of part0"),
        ["permute"] = ((a, _) => a.permute(0, 2, 3, 1), "Permute of part0"),
        ["slice"] = ((a, _) => a.narrow(2, 1, 4), "Slice of part0"),
        ["interpolate"] = ((a, _) => nn.functional.interpolate(a, [5, 7], mode: InterpolationMode.Bilinear, align_corners: false), "ResizeLike (or nn.Upsample) of part0"),
    };

    [TestMethod]
    [DynamicData(nameof(BareOperations))]
    public void BareOperationIsGuessedAndItsModuleNamed(string name)
    {
        (Func<Tensor, Tensor, Tensor> compute, string named) = Bare[name];
        using var net = Evaluated(new Composed((p, x) => p[1].call(compute(p[0].call(x), x)), nn.Conv2d(3, 3, 1), nn.Sigmoid()));
        Refuses(net, ModulesOnly, "part1 (Sigmoid)", $"it looks like {named}: ");
    }

    [TestMethod]
    public void CallThroughForwardIsFound()
    {
        using var net = Evaluated(new Composed((p, x) => p[1].call(p[0].forward(x)), nn.Conv2d(3, 3, 1), nn.Sigmoid()));
        Refuses(net, ModulesOnly, "part1 (Sigmoid)", "call()");
    }

    [TestMethod]
    public void ParameterWithoutValuesIsRefused()
    {
        using var net = Evaluated(nn.Sequential(("conv", nn.Conv2d(3, 3, 1, device: META))));
        Refuses(net, "conv.", "no values", "load its weights");
    }

    [TestMethod]
    public void ExampleThatCannotBeComparedAtIsRefused()
    {
        using var net = Evaluated(nn.Conv2d(3, 3, 1));
        using var exported = new Exported();
        Tensor gone = Exported.Input(1, 3, 8, 8);
        gone.Dispose();
        foreach ((Tensor example, string fault) in new[]
        {
            (Exported.Input(1, 3, 8, 8) * float.NaN, "holds NaN"), (gone, "has been disposed"), (zeros([1, 3, 0, 8]), "has no values"),
            (Exported.Input(1, 3, 8, 8).to(ScalarType.Float64), "cannot run the input"), (zeros([1, 3, 8, 8], device: META), "is on meta"),
        })
        {
            var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, example, exported.File));
            Assert.Contains(fault, e.Message);
        }
        Assert.IsEmpty(Directory.GetFiles(exported.Folder));
    }

    [TestMethod]
    public void OpsetTooLowForAnOperatorNamesTheOneThatIsNot()
    {
        using var net = Evaluated(nn.Sequential(("act", nn.GELU())));
        OnnxExportOptions Options(int opset, bool asks) => Exported.Random with
        {
            Opset = opset,
            Emitters = new OnnxEmitters().Add<GELU>((_, e) =>
            {
                if (asks)
                {
                    e.RequireOpset(20, "Gelu");
                }
                return e.Node("Gelu", [e.Input]);
            }),
        };

        Refuses(net, Options(18, asks: true), "act (GELU)", "Gelu of opset 20", "set OnnxExportOptions.Opset to 20 or more");
        Refuses(net, Options(18, asks: false), "Gelu", "a later opset than 18");
        using var exported = new Exported();
        exported.Export(net, [1, 3, 8, 8], Options(20, asks: true));
    }

    [TestMethod]
    public void ExampleThatTheModuleDoesNotAcceptIsNamedByShape()
    {
        using var net = Evaluated(nn.Conv2d(4, 3, 1));
        Refuses(net, "cannot run the input [1, 3, 8, 8]");
    }

    [TestMethod]
    public void ExampleThatVanishesInTheModuleIsRefused()
    {
        using var net = Evaluated(nn.Sequential(("cut", new SegML.Onnx.Modules.Slice(2, 8))));
        Refuses(net, "cut (Slice) returns a tensor [1, 3, 0, 8]", "without values");
    }

    /// <summary>Found by a random network.</summary>
    [TestMethod]
    public void TensorThatIsOverwrittenThroughAViewOfItCannotBeReadAnyMore()
    {
        Composed Net(bool inplace) => Evaluated(new Composed((p, x) =>
        {
            Tensor y = p[0].call(x);
            p[2].call(p[1].call(y));
            return p[3].call(y);
        }, nn.Conv2d(3, 3, 1), new SegML.Onnx.Modules.Slice(2, 1, 4), nn.LeakyReLU(0.1, inplace), nn.Sigmoid()));

        using var inPlace = Net(inplace: true);
        Refuses(inPlace, ModulesOnly, "part3 (Sigmoid)", "part2 (LeakyReLU) overwrote a part", "inplace: false");
        using var exported = new Exported();
        using var copying = Net(inplace: false);
        exported.Export(copying, [1, 3, 8, 8]);
        // Halves of one tensor have nothing in common.
        using var chunk = new SegML.Onnx.Modules.Chunk(2);
        using var halves = new Composed((p, x) =>
        {
            Tensor[] parts = chunk.call(p[0].call(x));
            p[1].call(parts[0]);
            return p[2].call(parts[1]);
        }, nn.Conv2d(3, 4, 1), nn.LeakyReLU(0.1, inplace: true), nn.Sigmoid());
        halves.register_module("chunk", chunk);
        exported.Export(halves, [2, 3, 8, 8]);
    }

    [TestMethod]
    public void ControlFlowThatDependsOnTheSizeIsFound()
    {
        using var net = Evaluated(new Composed((p, x) => p[x.shape[2] > 8 ? 1 : 0].call(x), nn.Sigmoid(), nn.Tanh()));
        Refuses(net, Exported.Random with { DynamicAxes = [0, 2, 3] }, "takes another way", "part1 (Tanh)", "part0 (Sigmoid)");
    }

    [TestMethod]
    [DataRow(OnnxExporter.MinOpset - 1)]
    [DataRow(OnnxExporter.MaxOpset + 1)]
    public void OpsetOutOfRangeIsRefused(int opset)
    {
        using var net = Evaluated(nn.ReLU());
        Refuses(net, Exported.Random with { Opset = opset }, $"opset {opset}", "13 to 23");
    }

    [TestMethod]
    public void GivenShapeThatTheModuleDoesNotAcceptIsRefused()
    {
        using var net = Evaluated(nn.Conv2d(3, 3, 5));
        Refuses(net, Exported.Random with { VerifyShapes = [[1, 3, 4, 4]] }, "cannot run the input [1, 3, 4, 4]");
    }

    [TestMethod]
    public void PathThatCannotBeWrittenIsNamed()
    {
        using var exported = new Exported();
        using var net = Evaluated(nn.ReLU());
        string file = Path.Combine(exported.Folder, "file");
        File.WriteAllText(file, "");
        string path = Path.Combine(file, "net.onnx");
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), path));
        Assert.StartsWith($"{path} cannot be written", e.Message);
    }

    [TestMethod]
    public void WrongEmitterIsFoundByItsValuesAndTheOldFileStays()
    {
        using var exported = new Exported();
        using var net = Evaluated(nn.Sequential(nn.Conv2d(3, 3, 1), nn.Sigmoid()));
        OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File);
        byte[] before = File.ReadAllBytes(exported.File);
        var options = new OnnxExportOptions();
        options.Emitters.Add<Sigmoid>((_, e) => e.Node("Tanh", [e.Input]));
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, options));
        Assert.Contains("would differ from the module by", e.Message);
        Assert.Contains("the first module that differs is 1 (Sigmoid): ", e.Message);
        Assert.AreEqual("1", e.FirstDivergent!.Name);
        Assert.AreEqual(e.FirstDivergent.MaxDifference, Math.Abs(e.FirstDivergent.Expected - e.FirstDivergent.Actual), 1e-9);
        CollectionAssert.AreEqual(before, File.ReadAllBytes(exported.File));
        Assert.HasCount(1, Directory.GetFiles(exported.Folder));
    }

    [TestMethod]
    public void DifferenceInClassesAloneIsFound()
    {
        // A thousandth on one channel stays within the tolerance given here, but the channels are that close.
        using var net = Evaluated(nn.Sequential(new ScaledSigmoid()));
        OnnxExportOptions Options(double agreement)
        {
            var options = new OnnxExportOptions { RelativeTolerance = 2, MinArgmaxAgreement = agreement };
            options.Emitters.Add<ScaledSigmoid>((_, e) => e.Node("Add", [e.Node("Mul", [e.Node("Sigmoid", [e.Input]), e.Float(1e-3)]),
                e.Floats("offset", [1e-3f, 0, 0], 1, 3, 1, 1)]));
            return options;
        }

        Refuses(net, Options(0.9999), "of positions of the same class", "MinArgmaxAgreement");
        using var exported = new Exported();
        OnnxExportReport report = OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, Options(0));
        Assert.IsLessThan(0.9, report.ArgmaxAgreement);
    }

    [TestMethod]
    public void InvalidNodeIsReportedAsOnnxRuntimeSaysIt()
    {
        var options = Exported.Random with { Emitters = new OnnxEmitters().Add<Square>((_, e) => e.Node("NoSuchOperator", [e.Input])) };
        using var net = Evaluated(nn.Sequential(new Square()));
        Refuses(net, options, "refused by ONNX Runtime", "NoSuchOperator");
    }

    // As where libtorch's tracer is not available.
    private static OnnxExportOptions ModulesOnly => Exported.Random with { TraceOperations = false };

    private static T Evaluated<T>(T module)
        where T : nn.Module
    {
        module.eval();
        return module;
    }

    private static void Refuses(nn.Module net, params string[] parts) => Refuses(net, Exported.Random, parts);

    private static void Refuses(nn.Module net, OnnxExportOptions options, params string[] parts)
    {
        using var exported = new Exported();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, options));
        foreach (string part in parts)
        {
            Assert.Contains(part, e.Message);
        }
        Assert.DoesNotContain("\n", e.Message);
        Assert.IsEmpty(Directory.GetFiles(exported.Folder));
    }

    private sealed class ScaledSigmoid() : nn.Module<Tensor, Tensor>("scaled")
    {
        public override Tensor forward(Tensor x) => x.sigmoid().mul(1e-3);
    }
}
