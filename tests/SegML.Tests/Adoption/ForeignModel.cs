using Google.Protobuf;
using SegML.Images;
using SegML.Masks;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using DataType = SegML.Onnx.Protobuf.TensorProto.Types.DataType;

namespace SegML.Tests.Adoption;

/// <summary>
/// Stand-ins for models of other tools, with known answers: a 1x1 convolution gives each pixel's red, green and blue (or what else is asked for) as
/// channels, and nodes of the test's choice follow. Built with ONNX's own types.
/// </summary>
internal sealed class ForeignModel
{
    public static readonly Rgb[] Colors = [new(255, 0, 0), new(0, 255, 0), new(0, 0, 255)];

    private readonly GraphBuilder _graph = new("foreign");

    public long Opset { get; init; } = 17;

    public Dictionary<string, string> Metadata { get; } = [];

    public GraphProto Graph => _graph.Graph;

    /// <summary>An input; sizes that are 0 vary.</summary>
    public ForeignModel Input(string name, DataType type, params long[] sizes)
    {
        Graph.Input.Add(Value(name, type, sizes));
        return this;
    }

    public ForeignModel Output(string name, DataType type, params long[] sizes)
    {
        Graph.Output.Add(Value(name, type, sizes));
        return this;
    }

    public ForeignModel Node(string operation, string inputs, string output, params (string Name, object Value)[] attributes)
    {
        _graph.Add(operation, output, inputs.Split(' '), [output], attributes);
        return this;
    }

    public ForeignModel Floats(string name, float[] values, params long[] shape)
    {
        _graph.Initializer(name, () => Tensors.Create(name, values, shape));
        return this;
    }

    /// <summary>A 1x1 convolution: a row of three weights for each channel, of the image's red, green and blue.</summary>
    public ForeignModel Convolution(string input, string output, params float[][] rows) =>
        Floats(output + "/weights", [.. rows.SelectMany(r => r)], rows.Length, 3, 1, 1).Node("Conv", $"{input} {output}/weights", output);

    /// <summary>Channels that are an image's red, green and blue themselves.</summary>
    public ForeignModel Colour(string input, string output) => Convolution(input, output, [1, 0, 0], [0, 1, 0], [0, 0, 1]);

    public byte[] Bytes()
    {
        var model = new ModelProto { IrVersion = 8, Graph = Graph, ProducerName = "another tool" };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = Opset });
        model.MetadataProps.AddRange(Metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        return model.ToByteArray();
    }

    /// <summary>Three upright stripes: red, green, blue.</summary>
    public static RgbaImage Stripes(int width = 48, int height = 32)
    {
        var image = new RgbaImage(width, height);
        for (int i = 0; i < width * height; i++)
        {
            Rgb color = Colors[i % width * 3 / width];
            (image.Pixels[4 * i], image.Pixels[4 * i + 1], image.Pixels[4 * i + 2], image.Pixels[4 * i + 3]) = (color.R, color.G, color.B, 255);
        }
        return image;
    }

    /// <summary>That a mask of <see cref="Stripes"/> has these values from left to right.</summary>
    public static void AssertStripes(SegmentationMask mask, params byte[] expected)
    {
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                Assert.AreEqual(expected[x * 3 / mask.Width], mask[x, y], $"at {x}, {y} of {mask.Width}x{mask.Height}");
            }
        }
    }

    private static ValueInfoProto Value(string name, DataType type, long[] sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(sizes.Select((s, i) => s > 0 ? new TensorShapeProto.Types.Dimension { DimValue = s } : new TensorShapeProto.Types.Dimension { DimParam = $"{name}{i}" }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }
}
