using System.Diagnostics;
using System.Reflection;
using SegML.Onnx;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>
/// TorchVision's networks, as they come, exported and compared at another size and batch. SEGML_TORCHVISION=all exports all of them at their full size, and
/// says how long that takes; names with commas between, only those.
/// </summary>
[TestClass]
public sealed class TorchVisionTests
{
    private static readonly Dictionary<string, MethodInfo> Models = typeof(torchvision.models).GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Where(m => typeof(nn.Module).IsAssignableFrom(m.ReturnType)).ToDictionary(m => m.Name);

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Names => Models.Keys.Order().Select(n => new object[] { n });

    [TestMethod]
    [DataRow("resnet18")]
    [DataRow("mobilenet_v3_small")]
    public void SmallNetworksAgreeAtAnotherSize(string name) => Export(name, 64);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void EveryNetworkAgreesAtAnotherSize(string name)
    {
        if (Environment.GetEnvironmentVariable("SEGML_TORCHVISION")?.Split(',') is not { } wanted || !(wanted.Contains("all") || wanted.Contains(name)))
        {
            Assert.Inconclusive("skipped: takes minutes; set SEGML_TORCHVISION=all, or to names with commas between");
        }
        Export(name, name.StartsWith("inception", StringComparison.Ordinal) ? 299 : 224);
    }

    private void Export(string name, long size)
    {
        using var exported = new Exported();
        using var net = (nn.Module<Tensor, Tensor>)Models[name].Invoke(null, [.. Models[name].GetParameters().Select(p => p.DefaultValue)])!;
        net.eval();
        using IDisposable noGradient = no_grad();
        foreach ((string buffer, Tensor values) in net.named_buffers())
        {
            // As training leaves them: new ones are neutral, which hides mistakes.
            _ = buffer.EndsWith("running_mean", StringComparison.Ordinal) ? values.normal_(0, 0.05) : buffer.EndsWith("running_var", StringComparison.Ordinal) ? values.uniform_(0.8, 1.2) : null;
        }
        Tensor input = Exported.Input(1, 3, size, size), other = Exported.Input(3, 3, size + 32, size);
        var clock = Stopwatch.StartNew();
        net.call(input);
        double forward = clock.Elapsed.TotalSeconds;
        clock.Restart();
        OnnxExportReport report = OnnxExporter.Export(net, input, exported.File, Exported.Random);
        TestContext.WriteLine($"{name}: export {clock.Elapsed.TotalSeconds:0.0} s, forward {forward:0.00} s, difference {report.RelativeDifference:G2}, {report.Nodes} nodes");
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, report.DynamicAxes.ToArray(), string.Join("; ", report.Remarks));
        using var model = new OnnxRun(exported.File);
        Assert.IsLessThan(1e-4, Difference.Between(net.call(other), model.Run([other])[0]).Relative);
    }
}
