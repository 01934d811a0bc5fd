using Google.Protobuf;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>
/// A model file without the content of its large constants: they refer to the places in the file where they lie, as constants in a file beside a model do. ONNX Runtime maps
/// these into memory, so that a model can be changed and run without a copy of its weights.
/// </summary>
internal static class ModelStructure
{
    /// <summary>Constants of fewer bytes are read: shapes, scales, slopes.</summary>
    private const int Small = 128;

    // Numbers of fields in onnx.proto.
    private const int Graph = 7, Initializer = 5, RawData = 9;

    /// <summary>Reads a model that this process has written.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It is no model.</exception>
    public static ModelProto Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        List<TensorProto> constants = [];
        List<byte[]> graphs = [];
        ModelProto model = ModelProto.Parser.ParseFrom(Without(stream, stream.Length, Graph, graphEnd =>
            graphs.Add(Without(stream, graphEnd, Initializer, end => constants.Add(Constant(stream, end, Path.GetFileName(path)))))));
        model.Graph = new GraphProto();
        graphs.ForEach(g => model.Graph.MergeFrom(g));
        model.Graph.Initializer.AddRange(constants);
        return model;
    }

    private static TensorProto Constant(FileStream stream, long end, string file)
    {
        (long Offset, long Length) content = default;
        long begin = stream.Position;
        TensorProto tensor = TensorProto.Parser.ParseFrom(Without(stream, end, RawData, e => content = (stream.Position, e - stream.Position)));
        if (content.Length >= Small)
        {
            ExternalData.Refer(tensor, file, content.Offset, content.Length);
            return tensor;
        }
        stream.Position = begin;
        return TensorProto.Parser.ParseFrom(Bytes(stream, end));
    }

    // The bytes from here to the end, without the fields of one number; each of these is handed on by its end, with the stream at its content.
    private static byte[] Without(FileStream stream, long end, int field, Action<long> each)
    {
        using var kept = new MemoryStream();
        while (stream.Position < end)
        {
            long start = stream.Position;
            ulong tag = Varint(stream);
            long fieldEnd = End(stream, (int)(tag & 7));
            if (fieldEnd > end)
            {
                throw new IOException("it ends too early");
            }
            if (tag >> 3 == (ulong)field)
            {
                each(fieldEnd);
            }
            else
            {
                stream.Position = start;
                kept.Write(Bytes(stream, fieldEnd));
            }
            stream.Position = fieldEnd;
        }
        return kept.ToArray();
    }

    // Where a field ends; the stream is at its content afterwards.
    private static long End(FileStream stream, int wireType)
    {
        switch (wireType)
        {
            case 0:
                Varint(stream);
                return stream.Position;
            case 1:
                return stream.Position + sizeof(long);
            case 2:
                ulong length = Varint(stream);
                return checked(stream.Position + (long)length);
            case 5:
                return stream.Position + sizeof(int);
            default:
                throw new IOException("it is no protocol buffer");
        }
    }

    private static ulong Varint(FileStream stream)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = stream.ReadByte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next is >= 0 and < 0x80)
            {
                return value;
            }
        }
        throw new IOException("it is no protocol buffer");
    }

    private static byte[] Bytes(FileStream stream, long end)
    {
        byte[] bytes = new byte[end - stream.Position];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
