using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace SegML.Onnx.Quantization;

/// <summary>Which nodes to quantize, and how that was found.</summary>
/// <param name="Nodes">The nodes, in the graph's order.</param>
/// <param name="Loss">What the model then loses; null when no loss was asked for.</param>
/// <param name="Sensitivities">Each node's influence, the worst first; empty when it was not measured.</param>
internal sealed record QuantizationChoice(IReadOnlyList<QuantizableNode> Nodes, double? Loss, IReadOnlyList<NodeSensitivity> Sensitivities);

/// <summary>Leaves in float the nodes that disturb the outputs most, so that a model loses no more than is allowed.</summary>
internal sealed class SensitivitySearch(QdqRewriter rewriter, QuantizationProof proof, string path, IProgress<string>? progress, CancellationToken cancellation)
{
    /// <summary>Finds as few nodes to leave in float as will do. When the fully quantized model is good enough, nothing else is run.</summary>
    /// <exception cref="OnnxExportException">No choice that leaves a node with a weight quantized is good enough.</exception>
    public QuantizationChoice Choose(IReadOnlyList<QuantizableNode> nodes, QuantizationOptions options)
    {
        if (options.MaxLoss is not { } maxLoss)
        {
            return new QuantizationChoice(nodes, null, []);
        }
        double full = Loss(nodes, [], maxLoss);
        if (full <= maxLoss)
        {
            return new QuantizationChoice(nodes, full, []);
        }
        IReadOnlyList<NodeSensitivity> worstFirst = Measure(nodes, options.SensitivityFeeds);
        (int count, double loss) = LeastCount(nodes, worstFirst, maxLoss);
        return new QuantizationChoice(Without(nodes, worstFirst.Take(count)), loss, worstFirst);
    }

    // The outputs' noise when a node alone is quantized. A run a node and feed; the float outputs are computed once.
    private IReadOnlyList<NodeSensitivity> Measure(IReadOnlyList<QuantizableNode> nodes, int feeds)
    {
        progress?.Report($"measuring the influence of each of {nodes.Count} nodes");
        Agreement[] measured = [.. nodes.Select(_ => new Agreement())];
        int number = 0;
        foreach (IReadOnlyDictionary<string, OrtValue> feed in proof.Feeds.Take(feeds))
        {
            number++;
            using IDisposableReadOnlyCollection<OrtValue> expected = proof.FloatModel.Run(feed, number);
            for (int i = 0; i < nodes.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var candidate = new OnnxSession(rewriter.Rewrite([nodes[i]]).ToByteArray(), path);
                using IDisposableReadOnlyCollection<OrtValue> actual = candidate.Run(feed, number);
                measured[i].Add(expected, actual);
            }
        }
        return [.. nodes.Select((n, i) => new NodeSensitivity(n.Name, measured[i].SignalToNoise)).OrderBy(s => s.SignalToNoise)];
    }

    // 1, 2, 4, ... nodes until it is enough, then halving between the last two counts: some 2 log2(nodes) candidates.
    private (int Count, double Loss) LeastCount(IReadOnlyList<QuantizableNode> nodes, IReadOnlyList<NodeSensitivity> worstFirst, double maxLoss)
    {
        int most = nodes.Count(n => n.Kind == NodeKind.Weighted) - 1, tooFew = 0, enough = Math.Min(1, most);
        double best;
        while ((best = Loss(nodes, worstFirst.Take(enough), maxLoss)) > maxLoss)
        {
            if (enough >= most)
            {
                throw new OnnxExportException(path,
                    FormattableString.Invariant($"loses {best:0.####} even with {most} of {nodes.Count} nodes in float (allowed {maxLoss:0.####})"),
                    "allow a larger loss, or calibrate with more feeds or another method");
            }
            (tooFew, enough) = (enough, Math.Min(2 * enough, most));
        }
        while (enough - tooFew > 1)
        {
            int middle = (tooFew + enough) / 2;
            double lost = Loss(nodes, worstFirst.Take(middle), maxLoss);
            (tooFew, enough, best) = lost <= maxLoss ? (tooFew, middle, lost) : (middle, enough, best);
        }
        return (enough, best);
    }

    private double Loss(IReadOnlyList<QuantizableNode> nodes, IEnumerable<NodeSensitivity> inFloat, double maxLoss)
    {
        cancellation.ThrowIfCancellationRequested();
        IReadOnlyList<QuantizableNode> quantized = Without(nodes, inFloat);
        double lost = proof.Loss(rewriter.Rewrite(quantized).ToByteArray());
        progress?.Report(FormattableString.Invariant($"{nodes.Count - quantized.Count} of {nodes.Count} nodes in float: loses {lost:0.0000}, allowed {maxLoss:0.0000}"));
        return lost;
    }

    private static IReadOnlyList<QuantizableNode> Without(IReadOnlyList<QuantizableNode> nodes, IEnumerable<NodeSensitivity> inFloat)
    {
        HashSet<string> kept = [.. inFloat.Select(s => s.Node)];
        return [.. nodes.Where(n => !kept.Contains(n.Name))];
    }
}
