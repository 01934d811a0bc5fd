using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>One step of a traced run that becomes nodes of the graph.</summary>
/// <param name="Path">The module that it is, or that it was seen in: <c>encoder.layer1.conv</c>, as in the state dictionary.</param>
/// <param name="Name">The name of its node and output: <c>encoder/layer1/conv</c>, <c>_2</c> at the end for a second call.</param>
/// <param name="Inputs">The tensors that it read, in the order of its arguments; null for an optional tensor that was not given.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Outputs">What it returned, tuples flattened. One that it also read was overwritten in place.</param>
internal abstract record TracedCall(
    string Path,
    string Name,
    IReadOnlyList<TracedTensor?> Inputs,
    IReadOnlyList<object?> Arguments,
    IReadOnlyList<TracedTensor> Outputs)
{
    /// <summary>For error messages: <c>encoder.layer1.conv (Conv2d)</c>.</summary>
    public abstract string Subject { get; }
}

/// <summary>One call of a module that the graph shows as a unit. Its arguments are as they were given, flat; tensors are null there, for its inputs describe them.</summary>
internal sealed record ModuleCall(
    nn.Module Module,
    string Path,
    string Name,
    IReadOnlyList<TracedTensor?> Inputs,
    IReadOnlyList<object?> Arguments,
    IReadOnlyList<TracedTensor> Outputs) : TracedCall(Path, Name, Inputs, Arguments, Outputs)
{
    public override string Subject => Describe(Path, Module);

    public static string Describe(string path, nn.Module module) =>
        path.Length == 0 ? $"the module ({module.GetType().Name})" : $"{path} ({module.GetType().Name})";
}

/// <summary>
/// One operation on tensors outside of any unit: libtorch's name for it, without the namespace and the underscore of in-place variants (<c>add</c>), a description
/// of the module that it was seen in, and arguments as in the operator's schema: tensors as <see cref="TracedTensor"/>, whole numbers as long, floats as
/// double, truth values, texts, lists of these, or null.
/// </summary>
internal sealed record OperatorCall(
    string Operator,
    string Module,
    string Path,
    string Name,
    IReadOnlyList<TracedTensor?> Inputs,
    IReadOnlyList<object?> Arguments,
    IReadOnlyList<TracedTensor> Outputs) : TracedCall(Path, Name, Inputs, Arguments, Outputs)
{
    public override string Subject => $"{Operator} in {Module}";
}
