using System.Runtime.InteropServices;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Verification;

/// <summary>
/// Compares the constants of a written file with those of the graph before normalisations were folded into convolutions: each has the same bytes, or what folding gives by
/// its formula. A weight that is slightly off moves outputs by less than their tolerance; here it is seen.
/// </summary>
/// <param name="unfolded">The graph, with the module's own weights.</param>
/// <param name="path">The written file.</param>
internal sealed class ConstantsProof(GraphProto unfolded, string path)
{
    /// <summary>Some roundings of float32, as a share of the largest weight of a channel.</summary>
    private const double Rounding = 1e-6;

    private readonly Dictionary<string, TensorProto> _own = unfolded.Initializer.ToDictionary(i => i.Name);
    private readonly Dictionary<string, NodeProto> _convolutions = unfolded.Node.Where(n => n.OpType is "Conv" or "ConvTranspose").ToDictionary(n => n.Name);
    private readonly Dictionary<string, NodeProto> _norms = unfolded.Node.Where(n => n.OpType == "BatchNormalization").DistinctBy(n => n.Input[0]).ToDictionary(n => n.Input[0]);

    /// <summary>The name of the first constant that is wrong; null when none is.</summary>
    /// <param name="written">The file's graph.</param>
    public string? FirstWrong(GraphProto written)
    {
        Dictionary<string, (NodeProto Conv, NodeProto Norm, bool IsBias)> folded = [];
        foreach (NodeProto conv in written.Node.Where(n => n.OpType is "Conv" or "ConvTranspose"))
        {
            if (_convolutions.TryGetValue(conv.Name, out NodeProto? before) && _norms.TryGetValue(before.Output[0], out NodeProto? norm))
            {
                folded[conv.Input[1]] = (before, norm, false);
                folded[conv.Input.ElementAtOrDefault(2) ?? ""] = (before, norm, true);
            }
        }
        return written.Initializer.FirstOrDefault(now => !IsOwn(now) && !(folded.TryGetValue(now.Name, out var f) && IsFolded(now, f.Conv, f.Norm, f.IsBias)))?.Name;
    }

    private bool IsOwn(TensorProto now) => _own.TryGetValue(now.Name, out TensorProto? own) && own.DataType == now.DataType && own.Dims.SequenceEqual(now.Dims)
        && ExternalData.All(now, path, own.RawData.Length, (start, part) => own.RawData.Span.Slice((int)start, part.Length).SequenceEqual(part));

    // weight * scale / sqrt(variance + epsilon), and (bias - mean) * scale / sqrt(variance + epsilon) + shift, for each output channel.
    private bool IsFolded(TensorProto now, NodeProto conv, NodeProto norm, bool isBias)
    {
        float[] scale = Own(norm, 1), shift = Own(norm, 2), mean = Own(norm, 3), variance = Own(norm, 4);
        double epsilon = norm.Attribute.FirstOrDefault(a => a.Name == "epsilon")?.F ?? 1e-5;
        double[] factors = [.. scale.Zip(variance, (s, v) => s / Math.Sqrt(v + epsilon))];
        if (isBias)
        {
            float[] bias = conv.Input.Count > 2 ? Own(conv, 2) : new float[scale.Length];
            return ExternalData.All(now, path, scale.Length * sizeof(float), (start, part) =>
                MemoryMarshal.Cast<byte, float>(part).ToArray().Select((f, i) => (f, c: start / sizeof(float) + i)).All(v => IsNear(v.f, (bias[v.c] - (double)mean[v.c]) * factors[v.c], shift[v.c])));
        }
        TensorProto weight = _own[conv.Input[1]];
        long[] dims = [.. now.Dims];
        long group = Attributes.Integer(conv, "group", 1), area = dims.Skip(2).Aggregate(1L, (a, b) => a * b);
        bool transposed = conv.OpType == "ConvTranspose";
        // Convolution weights are [out, in / groups, ...]; transposed ones [in, out / groups, ...].
        long Channel(long i) => transposed ? i / (dims[1] * area) / (dims[0] / group) * dims[1] + i / area % dims[1] : i / (dims[1] * area);
        return weight.Dims.SequenceEqual(now.Dims) && ExternalData.All(now, path, weight.RawData.Length, (start, part) =>
        {
            ReadOnlySpan<float> own = MemoryMarshal.Cast<byte, float>(weight.RawData.Span.Slice((int)start, part.Length)), found = MemoryMarshal.Cast<byte, float>(part);
            for (int i = 0; i < found.Length; i++)
            {
                if (!IsNear(found[i], own[i] * factors[Channel(start / sizeof(float) + i)], 0))
                {
                    return false;
                }
            }
            return true;
        });
    }

    private float[] Own(NodeProto node, int input) => Tensors.Floats(_own[node.Input[input]]);

    // Whether a value is the sum of two, up to rounding.
    private static bool IsNear(float found, double first, double second) =>
        Math.Abs(found - (first + second)) <= Rounding * (Math.Abs(first) + Math.Abs(second)) + float.Epsilon;
}
