using SegML.Onnx;
using SegML.Onnx.Verification;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>What the proof of an export takes for equal, and what it advises when it does not.</summary>
[TestClass]
public sealed class ExportProofTests
{
    [TestMethod]
    public void SmallOutputsAreHeldToTheirOwnMagnitude()
    {
        using var net = nn.Sequential(new Times(1e-6), nn.Sigmoid(), new Times(1e-6));
        var wrong = new OnnxExportOptions { MinArgmaxAgreement = 0 };
        Emit(wrong.Emitters);
        wrong.Emitters.Add<Sigmoid>((_, e) => e.Node("Tanh", [e.Input]));
        OnnxExportException e = Refused(net, wrong);
        Assert.Contains("RelativeTolerance is 0.0001", e.Message);
        Assert.Contains("MinArgmaxAgreement is 0.000", e.Message);
        Assert.Contains("correct the emitter of Sigmoid", e.Message);
        Assert.DoesNotContain("change RelativeTolerance", e.Message);
    }

    [TestMethod]
    public void LargeOutputsAreAcceptedWithinTheirRounding()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(nn.Conv2d(3, 8, 3), new Times(1e5), nn.Conv2d(8, 3, 3));
        var options = new OnnxExportOptions();
        Emit(options.Emitters);
        OnnxExportReport report = exported.Export(net, [1, 3, 32, 32], options);
        Assert.IsGreaterThan(1e4, report.Shapes[0].Range);
        Assert.IsLessThan(1e-5, report.RelativeDifference);
    }

    [TestMethod]
    [DataRow("Log")]
    [DataRow("Reciprocal")]
    public void ModuleThatReturnsNaNOrInfinityIsRefused(string operation)
    {
        using var net = nn.Sequential(new Operation(operation));
        var options = new OnnxExportOptions();
        options.Emitters.Add<Operation>((m, e) => e.Node(m.OpType, [e.Input]));
        Assert.Contains("the module returns NaN or infinity in output 1", Refused(net, options, zeros(1, 3, 8, 8)).Message);
    }

    [TestMethod]
    public void ClassesOfAClassifierAreCompared()
    {
        using Tensor expected = tensor([1f, 2, 3, 1, 1, 1], [2, 3]), actual = tensor([3f, 2, 1, 1, 1, 1], [2, 3]);
        Assert.AreEqual(0.5, Difference.Between(expected, actual).ArgmaxAgreement);
        using Tensor near = tensor([1f, 2, 3, 1, 1.0000001f, 1], [2, 3]);
        Assert.AreEqual(1, Difference.Between(expected, near).ArgmaxAgreement, "a tie up to rounding");
    }

    [TestMethod]
    public void NaNIsEqualToNothing()
    {
        using Tensor nan = tensor([float.NaN, 1]), number = tensor([1f, 1]);
        Assert.AreEqual(double.PositiveInfinity, Difference.Between(nan, nan).Max);
        Assert.AreEqual(double.PositiveInfinity, Difference.Between(number, nan).Max);
        Assert.IsFalse(Difference.Between(number, nan).ActualFinite);
    }

    private static void Emit(OnnxEmitters emitters) => emitters.Add<Times>((m, e) => e.Node("Mul", [e.Input, e.Float(m.Factor)]));

    private static OnnxExportException Refused(nn.Module net, OnnxExportOptions options, Tensor? input = null)
    {
        using var exported = new Exported();
        net.eval();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, input ?? Exported.Input(1, 3, 8, 8), exported.File, options));
        Assert.IsEmpty(Directory.GetFiles(exported.Folder));
        return e;
    }

    private sealed class Times(double factor) : nn.Module<Tensor, Tensor>("times")
    {
        public double Factor => factor;

        public override Tensor forward(Tensor x) => x.mul(factor);
    }

    private sealed class Operation(string opType) : nn.Module<Tensor, Tensor>("operation")
    {
        public string OpType => opType;

        public override Tensor forward(Tensor x) => opType == "Log" ? x.log() : x.reciprocal();
    }
}
