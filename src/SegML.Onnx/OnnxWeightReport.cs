namespace SegML.Onnx;

/// <summary>How the constants of an ONNX model find their places in a module.</summary>
public enum OnnxWeightMatching
{
    /// <summary>By name: the constant <c>encoder.conv.weight</c> is the parameter or buffer of that name in the state dictionary.</summary>
    Name,

    /// <summary>
    /// By shape and order: each parameter or buffer takes the next constant of its shape that is still free. For models of other
    /// origin whose names say nothing. Refused where the model's order is not the module's, for then weights of one shape could swap:
    /// <see cref="OnnxWeights.LoadByStructure"/> looks at how layers are joined instead.
    /// </summary>
    Order,
}

/// <summary>What was, or would be, read from a model into a module.</summary>
/// <param name="Loaded">Parameter or buffer, and the constant it is read from.</param>
/// <param name="Missing">Parameters and buffers that no constant was found for. They are left as they are.</param>
/// <param name="Unused">Float constants that nothing was found for.</param>
public sealed record OnnxWeightReport(
    IReadOnlyList<(string Parameter, string Constant)> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Unused)
{
    /// <summary>Those of the missing that have a constant of their name but of another shape, as a sentence with both shapes.</summary>
    public IReadOnlyList<string> Mismatched { get; init; } = [];

    /// <summary>Those of the loaded whose constant is the transposed matrix.</summary>
    public IReadOnlyList<string> Turned { get; init; } = [];
}
