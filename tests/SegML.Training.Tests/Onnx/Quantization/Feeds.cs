using Microsoft.ML.OnnxRuntime;

namespace SegML.Tests.Onnx.Quantization;

/// <summary>Random feeds for models with one float input.</summary>
internal static class Feeds
{
    /// <summary>Feeds of normal values, each from its own seed; each is disposed when the next is asked for, as callers may.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, OrtValue>> Normal(int count, int seed, params long[] shape)
    {
        for (int i = 0; i < count; i++)
        {
            using OrtValue value = OrtValue.CreateTensorValueFromMemory(Values(seed + i, shape), shape);
            yield return new Dictionary<string, OrtValue> { ["input"] = value };
        }
    }

    public static float[] Values(int seed, params long[] shape)
    {
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
        return values;
    }
}
