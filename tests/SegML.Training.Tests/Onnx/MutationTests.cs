using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using SegML.Onnx;
using SegML.Onnx.Emission;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>
/// The proof of an export against models that are wrong in one place: a node that is gone, or one weight that is off by a hundredth of its tensor's range.
/// SEGML_MUTATIONS sets how many weights of each network are changed; every node goes once.
/// </summary>
[TestClass]
public sealed class MutationTests
{
    private const int Weights = 40;

    private const double LeastNoticed = 0.99, Change = 0.01;

    private static readonly Dictionary<string, (Func<nn.Module> Create, long[] Shape)> Networks = new()
    {
        ["unet"] = (() => new SmallUNet(), [1, 3, 16, 24]),
        ["residual"] = (() => new Composed((p, x) =>
        {
            Tensor y = p[0].forward(x);
            y = nn.functional.relu(p[2].forward(nn.functional.silu(p[1].forward(y))).add_(y));
            return p[3].forward(y.mean([2L, 3L])).softmax(1);
        }, nn.Conv2d(3, 8, 3, padding: 1), nn.Conv2d(8, 8, 3, padding: 1), nn.BatchNorm2d(8), nn.Linear(8, 5)), [1, 3, 12, 10]),
        ["attention"] = (() => new Composed((p, x) =>
        {
            Tensor t = p[0].forward(x).flatten(2).transpose(1, 2), n = p[1].forward(t);
            Tensor[] qkv = p[2].forward(n).view(x.shape[0], -1, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0);
            Tensor mixed = nn.functional.softmax(qkv[0].matmul(qkv[1].transpose(-2, -1)) * 0.5, -1).matmul(qkv[2]);
            return p[3].forward(t + mixed.transpose(1, 2).reshape(t.shape)).mean([1L]);
        }, nn.Conv2d(3, 8, 2, stride: 2), nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 3)), [1, 3, 8, 10]),
    };

    public static IEnumerable<object[]> Names => Networks.Keys.Select(k => new object[] { k });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void WrongModelsAreRefused(string name)
    {
        int weights = int.TryParse(Environment.GetEnvironmentVariable("SEGML_MUTATIONS"), CultureInfo.InvariantCulture, out int asked) ? asked : Weights;
        using var exported = new Exported();
        using nn.Module net = Networks[name].Create();
        Exported.Perturb(net);
        net.eval();
        OnnxExportOptions options = Exported.Random;
        ProbedRun Trace(IReadOnlyList<Tensor> inputs)
        {
            (ModuleTrace trace, IReadOnlyList<Tensor> outputs) = Tracer.Run(net, [.. inputs.Select(i => i.clone())], options.Emitters, operations: true, observe: true);
            return new ProbedRun(inputs, trace, outputs);
        }

        (IReadOnlyList<ProbedRun> runs, ProbedRun? heldOut, _) = new ShapeProbe(Trace, [Exported.Input(Networks[name].Shape)], options).Run();
        (ModelProto model, GraphProto unfolded) = ModelBuilder.Build(runs, options);
        var proof = new ExportProof("net.onnx", options, unfolded, Trace);
        string refusal = "";
        bool IsRefused(ModelProto candidate)
        {
            File.WriteAllBytes(exported.File, candidate.ToByteArray());
            try
            {
                proof.Compare(exported.File, runs, heldOut, again: true);
                return false;
            }
            catch (OnnxExportException e)
            {
                refusal = e.Message;
                return true;
            }
        }

        Assert.IsFalse(IsRefused(model), $"the model itself: {refusal}");
        List<string> missed = [];
        int all = 0;
        foreach ((string what, ModelProto mutant) in WithoutNodes(model).Concat(WithOtherWeights(model, new Random(1), weights)))
        {
            all++;
            missed.AddRange(IsRefused(mutant) ? [] : [what]);
        }
        Assert.IsGreaterThanOrEqualTo(LeastNoticed, 1 - (double)missed.Count / all, $"{missed.Count} of {all} were taken for right: {string.Join("; ", missed)}");
    }

    // A node that is gone hands on what it reads.
    private static IEnumerable<(string, ModelProto)> WithoutNodes(ModelProto model)
    {
        for (int i = 0; i < model.Graph.Node.Count; i++)
        {
            if (model.Graph.Node[i].OpType == "Identity")
            {
                continue;
            }
            ModelProto mutant = model.Clone();
            NodeProto node = mutant.Graph.Node[i];
            string what = $"without {node.OpType} {node.Name}", input = node.Input.FirstOrDefault("");
            node.OpType = "Identity";
            node.Attribute.Clear();
            node.Input.Clear();
            node.Input.Add(input);
            yield return (what, mutant);
        }
    }

    private static IEnumerable<(string, ModelProto)> WithOtherWeights(ModelProto model, Random random, int count)
    {
        int[] floats = [.. Enumerable.Range(0, model.Graph.Initializer.Count).Where(i => model.Graph.Initializer[i].DataType == (int)TensorProto.Types.DataType.Float)];
        for (int i = 0; i < count; i++)
        {
            ModelProto mutant = model.Clone();
            TensorProto tensor = mutant.Graph.Initializer[floats[i % floats.Length]];
            float[] values = Tensors.Floats(tensor);
            int place = random.Next(values.Length);
            float range = values.Max() - values.Min();
            values[place] += (float)Change * (range > 0 ? range : Math.Max(1e-3f, Math.Abs(values[place])));
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
            yield return ($"{tensor.Name}[{place}]", mutant);
        }
    }
}
