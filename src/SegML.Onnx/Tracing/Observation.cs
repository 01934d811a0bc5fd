using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>What a module returned in a traced run.</summary>
/// <param name="Name">The call's name: <c>encoder/layer1/conv</c>.</param>
/// <param name="ModuleType">The module's type: <c>Conv2d</c>.</param>
/// <param name="Value">The traced tensor.</param>
/// <param name="Expected">A copy of its content at that time.</param>
/// <param name="After">How many calls had been recorded by then.</param>
/// <param name="Output">Which of the module's results it is.</param>
internal sealed record Observation(string Name, string ModuleType, TracedTensor Value, Tensor Expected, int After, int Output)
{
    /// <summary>What the graph calls the value at that time.</summary>
    public string ValueName { get; set; } = "";
}
