using SegML.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Modules whose forward sets fields, disposes of what they held or leaves scopes open.</summary>
[TestClass]
public sealed class KeptStateTests
{
    [TestMethod]
    public void CacheThatEveryRunDisposesOfForAnotherIsStillRead()
    {
        using var exported = new Exported();
        using var net = new Stateful(zeros(8, 8, 4), (net, x) =>
        {
            net.State = net.State.to(x.device, disposeAfter: true).DetachFromDisposeScope();
            return Cached(net.State, x);
        });
        OnnxExportReport report = exported.Export(net, [1, 5, 4]);
        CollectionAssert.AreEqual(new[] { 0, 1 }, report.DynamicAxes.ToArray());
        Assert.AreEqual(0, net.State.abs().sum().item<float>(), "what it held is as it was");
    }

    [TestMethod]
    public void FieldThatEveryRunSetsIsAsItWasAndTheModelBeginsWithIt()
    {
        using var exported = new Exported();
        Tensor before = ones(1, 4);
        using var net = new Stateful(before, (net, x) => net.State = (net.State * 0.5 + x.mean([1L])).mean([0L], keepdim: true));
        exported.Export(net, [2, 5, 4]);
        Assert.AreSame(before, net.State);
        Assert.AreEqual(4, before.sum().item<float>());
    }

    [TestMethod]
    public void GridThatIsKeptForItsSizeIsComputedForEverySize()
    {
        using var exported = new Exported();
        using var net = new Stateful(empty(0), (net, x) =>
        {
            if (net.Size != x.shape[2])
            {
                (net.Size, net.State) = (x.shape[2], arange(x.shape[2]).to(ScalarType.Float32).view(1, 1, -1));
            }
            return x + net.State;
        });
        CollectionAssert.AreEqual(new[] { 0, 2 }, exported.Export(net, [1, 5, 4]).DynamicAxes.ToArray());
        Assert.AreEqual(0, net.Size);
    }

    [TestMethod]
    public void WhatTheFirstRunComputesAndKeepsIsAConstant()
    {
        using var exported = new Exported();
        using var net = new Stateful(null!, (net, x) => x * (net.State ??= arange(4).to(ScalarType.Float32).sin()));
        OnnxExportReport report = exported.Export(net, [1, 5, 4]);
        Assert.AreEqual(1, report.Nodes);
        Assert.IsFalse(net.State.IsInvalid, "it outlives the export");
    }

    [TestMethod]
    public void ScopeThatForwardLeavesOpenTakesNoResultAlong()
    {
        using var exported = new Exported();
        var open = new Stack<DisposeScope>();
        using var net = new Stateful(ones(4), (net, x) =>
        {
            open.Push(NewDisposeScope());
            return x.sin() * net.State;
        });
        exported.Export(net, [1, 5, 4]);
        while (open.TryPop(out DisposeScope? scope))
        {
            scope.Dispose();
        }
    }

    [TestMethod]
    public void BatchThatOnlyTheExampleFitsIsFixedAndTheLengthIsNot()
    {
        using var exported = new Exported();
        using var net = new Stateful(zeros(2, 8, 4), (net, x) =>
        {
            if (x.shape[0] == 2)
            {
                return net.State.narrow(1, 0, x.shape[1]) + x.relu();
            }
            return Cached(net.State, x);
        });
        CollectionAssert.AreEqual(new[] { 1 }, exported.Export(net, [1, 5, 4]).DynamicAxes.ToArray());
    }

    private static Tensor Cached(Tensor cache, Tensor x)
    {
        Tensor part = cache.narrow(0, 0, x.shape[0]).narrow(1, 0, x.shape[1]);
        part.copy_(x * 2);
        return part; // A view of what is put back after the run.
    }

    private sealed class Stateful : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Stateful, Tensor, Tensor> _forward;

        public Stateful(Tensor state, Func<Stateful, Tensor, Tensor> forward)
            : base("stateful") => (State, _forward) = (state, forward);

        public Tensor State { get; set; }

        public long Size { get; set; }

        public override Tensor forward(Tensor input) => _forward(this, input);
    }
}
