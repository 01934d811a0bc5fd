using System.Text;
using SegML.Images;
using SegML.Masks;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Tests.Scoring;

/// <summary>
/// A model written by hand in ONNX's wire format (onnx.proto), so that scoring is tested without the exporter: one 1x1
/// convolution whose logits are the image's red, green and blue. The class of a pixel is its greatest channel.
/// </summary>
internal static class TinyModel
{
    public static readonly ClassSet Classes = new(
    [
        new SegmentationClass { Id = 0, Name = "red", Color = new Rgb(255, 0, 0) },
        new SegmentationClass { Id = 1, Name = "green", Color = new Rgb(0, 255, 0) },
        new SegmentationClass { Id = 2, Name = "blue", Color = new Rgb(0, 0, 255) },
    ]);

    public static readonly ModelInfo Info = new()
    {
        Name = "tiny",
        Classes = Classes,
        Input = new InputOptions { Width = 48, Height = 32, Mean = [0, 0, 0], Std = [1, 1, 1] },
        ReceptiveField = new ReceptiveField { Margin = 0, Stride = 1 },
    };

    public static byte[] Create(
        ModelInfo? info = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        string input = "image",
        string output = "logits",
        int channels = 3,
        int stride = 1,
        float weight = 1,
        bool isSealed = true)
    {
        float[] weights = new float[channels * 3];
        for (int i = 0; i < Math.Min(3, channels); i++)
        {
            weights[i * 3 + i] = weight;
        }
        byte[] strides = [.. Text(1, "strides"), .. Number(8, stride), .. Number(8, stride), .. Number(20, 7)];
        byte[] node = [.. Text(1, input), .. Text(1, "weights"), .. Text(2, output), .. Text(3, "conv"), .. Text(4, "Conv"), .. Part(5, strides)];
        byte[] tensor = [.. Number(1, channels), .. Number(1, 3), .. Number(1, 1), .. Number(1, 1), .. Number(2, 1),
            .. Text(8, "weights"), .. Part(9, [.. weights.SelectMany(BitConverter.GetBytes)])];
        byte[] graph = [.. Part(1, node), .. Text(2, "tiny"), .. Part(5, tensor), .. Part(11, Value(input, 3)), .. Part(12, Value(output, channels))];
        IEnumerable<byte> properties = (metadata ?? (info ?? Info).ToMetadata())
            .SelectMany(p => Part(14, [.. Text(1, p.Key), .. Text(2, p.Value)]));
        byte[] model = [.. Number(1, 8), .. Part(7, graph), .. Part(8, [.. Text(1, ""), .. Number(2, 18)]), .. properties];
        return isSealed ? Sealed(model) : model;
    }

    /// <summary>The model with its checksum.</summary>
    public static byte[] Sealed(byte[] model)
    {
        using var stream = new MemoryStream();
        ModelFile.WriteSealed(ModelProto.Parser.ParseFrom(model), stream);
        return stream.ToArray();
    }

    private static byte[] Value(string name, int channels)
    {
        byte[] shape = [.. Part(1, Text(2, "N")), .. Part(1, Number(1, channels)), .. Part(1, Text(2, name + "H")), .. Part(1, Text(2, name + "W"))];
        return [.. Text(1, name), .. Part(2, Part(1, [.. Number(1, 1), .. Part(2, shape)]))];
    }

    private static byte[] Text(int field, string text) => Part(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Part(int field, byte[] content) => [.. VarInt(field << 3 | 2), .. VarInt(content.Length), .. content];

    private static byte[] Number(int field, int value) => [.. VarInt(field << 3), .. VarInt(value)];

    private static List<byte> VarInt(int value)
    {
        var bytes = new List<byte>();
        for (uint rest = (uint)value; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                bytes.Add((byte)rest);
                return bytes;
            }
            bytes.Add((byte)(rest | 0x80));
        }
    }
}
