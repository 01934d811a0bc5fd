using System.Text.Json.Serialization;

namespace SegML.Scoring;

/// <summary>The order of a tensor's values.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TensorLayout>))]
public enum TensorLayout
{
    /// <summary>Plane after plane: [N, C, H, W]. What ONNX models take.</summary>
    [JsonStringEnumMemberName("nchw")] Nchw,

    /// <summary>Pixel after pixel: [N, H, W, C], also called channels last. What convolutions on CPUs train fastest on.</summary>
    [JsonStringEnumMemberName("nhwc")] Nhwc,
}
