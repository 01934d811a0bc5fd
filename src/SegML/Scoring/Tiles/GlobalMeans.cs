namespace SegML.Scoring.Tiles;

/// <summary>
/// The means over the whole image that a network computes on its way (global pooling), as the exporter wrote them into the model's metadata.
/// Extensions are parts of an ONNX file: appended to the model's content they make another model of it, because protobuf merges messages
/// that stand one behind the other (https://protobuf.dev/programming-guides/encoding/#last-one-wins).
/// </summary>
/// <param name="Tensors">What the means are of, and their names.</param>
/// <param name="Features">The extension by which the tensors that the means are of become outputs.</param>
/// <param name="Conditioned">The extension by which the model takes the means as further inputs, and computes <paramref name="Output"/> with them.</param>
/// <param name="Output">The name of the logits that it computes then.</param>
internal sealed record GlobalMeans(IReadOnlyList<GlobalMeans.Mean> Tensors, byte[] Features, byte[] Conditioned, string Output)
{
    /// <summary>One of the means.</summary>
    /// <param name="Of">The tensor that it is of, [1, C, H, W].</param>
    /// <param name="Stride">Input pixels between that tensor's values.</param>
    /// <param name="Name">The input that takes it, float32 [1, C, 1, 1].</param>
    public sealed record Mean(string Of, int Stride, string Name);

    /// <summary>Refuses what no exporter writes.</summary>
    /// <exception cref="ArgumentException">A part is missing or out of its range.</exception>
    public void Validate()
    {
        if (Tensors is not { Count: > 0 } || Tensors.Any(t => t is not { Of.Length: > 0, Name.Length: > 0, Stride: > 0 })
            || Features is null || Conditioned is null || string.IsNullOrEmpty(Output))
        {
            throw new ArgumentException("means that are not whole");
        }
    }
}
