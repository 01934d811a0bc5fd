using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Verification;
using static TorchSharp.torch;

namespace SegML.Onnx.Quantization;

/// <summary>Feeds for <see cref="OnnxQuantizer"/> from TorchSharp's tensors.</summary>
public static class OnnxFeeds
{
    /// <summary>Feeds of a model with one input.</summary>
    /// <param name="inputName">The input's name.</param>
    /// <param name="tensors">A tensor a feed, on the CPU; they stay the caller's. Enumerated as often as the feeds are.</param>
    /// <returns>Feeds that copy a tensor when its turn comes.</returns>
    public static IEnumerable<IReadOnlyDictionary<string, OrtValue>> FromTensors(string inputName, IEnumerable<Tensor> tensors)
    {
        ArgumentException.ThrowIfNullOrEmpty(inputName);
        ArgumentNullException.ThrowIfNull(tensors);
        return Copies(inputName, tensors);
    }

    private static IEnumerable<IReadOnlyDictionary<string, OrtValue>> Copies(string inputName, IEnumerable<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            using OrtValue value = OnnxRun.ToOrt(tensor);
            yield return new Dictionary<string, OrtValue> { [inputName] = value };
        }
    }
}
