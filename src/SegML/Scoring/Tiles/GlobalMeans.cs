using System.Text;

namespace SegML.Scoring.Tiles;

/// <summary>
/// The means over the whole image that a network computes on its way (global pooling), and the two networks that it is
/// split into there: one ends where the means begin, the other is given them. So tiles get the whole image's means.
/// </summary>
/// <param name="Tensors">What the means are of, and their names.</param>
/// <param name="Features">A model that gives the tensors that the means are of, as outputs of their names.</param>
/// <param name="Conditioned">The model, with the means as further inputs of their names.</param>
internal sealed record GlobalMeans(IReadOnlyList<GlobalMeans.Mean> Tensors, byte[] Features, byte[] Conditioned)
{
    // ModelProto.graph; GraphProto.node, input and output.
    private const int Graph = 7, Node = 1, Input = 11, Output = 12;

    /// <summary>One of them.</summary>
    /// <param name="Of">The tensor that it is of, [1, C, H, W].</param>
    /// <param name="Stride">Input pixels between that tensor's values.</param>
    /// <param name="Name">The mean, [1, C, 1, 1].</param>
    public readonly record struct Mean(string Of, int Stride, string Name);

    /// <summary>Splits a model.</summary>
    /// <param name="model">The ONNX file's content.</param>
    /// <param name="means">The means; none depends on another.</param>
    public static GlobalMeans Split(ReadOnlySpan<byte> model, IReadOnlyList<Mean> means)
    {
        HashSet<string> names = [.. means.Select(m => m.Name)];
        byte[] features = Rewrite(model, (field, content) => field == Output ? [] : content,
            means.DistinctBy(m => m.Of).SelectMany(m => Part(Output, Part(1, Encoding.UTF8.GetBytes(m.Of)))));
        byte[] conditioned = Rewrite(model, (field, content) => field == Node && names.Overlaps(OnnxNode.Read(content).Outputs) ? [] : content,
            means.SelectMany(m => Part(Input, Value(m.Name))));
        return new GlobalMeans(means, features, conditioned);
    }

    // Copies a model's fields, but in its graph only those that are kept, and adds others to it.
    private static byte[] Rewrite(ReadOnlySpan<byte> model, Func<int, byte[], byte[]> keep, IEnumerable<byte> added)
    {
        var rewritten = new MemoryStream(model.Length + 1024);
        var field = new ProtobufFields(model);
        while (field.Next())
        {
            if (field.Number != Graph)
            {
                rewritten.Write(field.Raw);
                continue;
            }
            var graph = new MemoryStream(field.Content.Length + 1024);
            var inner = new ProtobufFields(field.Content);
            while (inner.Next())
            {
                if (inner.Number is not (Node or Output) || keep(inner.Number, inner.Content.ToArray()).Length > 0)
                {
                    graph.Write(inner.Raw);
                }
            }
            graph.Write([.. added]);
            rewritten.Write(Part(Graph, graph.ToArray()));
        }
        return rewritten.ToArray();
    }

    // ValueInfoProto: name, and type float [1, ?, 1, 1].
    private static byte[] Value(string name)
    {
        byte[] one = Part(1, [1 << 3, 1]);
        byte[] shape = Part(2, [.. one, .. Part(1, []), .. one, .. one]);
        return [.. Part(1, Encoding.UTF8.GetBytes(name)), .. Part(2, Part(1, [1 << 3, 1, .. shape]))];
    }

    private static byte[] Part(int field, byte[] content)
    {
        var part = new List<byte>();
        foreach (int number in (ReadOnlySpan<int>)[field << 3 | 2, content.Length])
        {
            uint rest = (uint)number;
            for (; rest >= 0x80; rest >>= 7)
            {
                part.Add((byte)(rest | 0x80));
            }
            part.Add((byte)rest);
        }
        return [.. part, .. content];
    }
}
