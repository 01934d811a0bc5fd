using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SegML.Tests.Masks;

namespace SegML.Tests.Fuzzing;

/// <summary>Damage inside a PNG whose check sums are right again afterwards, so that it reaches what comes after them.</summary>
internal static class PngDamage
{
    /// <summary>Damages a file once; one that is no longer a row of chunks is damaged as any file is.</summary>
    public static byte[] Of(byte[] file, Random random)
    {
        List<(string Type, byte[] Content)> chunks = Chunks(file);
        if (chunks.Count == 0 || random.Next(4) == 0)
        {
            return Damage.Of(file, random);
        }
        int at = random.Next(chunks.Count);
        (string type, byte[] content) = chunks[at];
        switch (random.Next(4))
        {
            case 0:
                chunks.RemoveAt(at);
                break;
            case 1:
                chunks.Insert(random.Next(chunks.Count), chunks[at]);
                break;
            default:
                chunks[at] = (type, type == "IDAT" && random.Next(3) > 0 ? Inside(content, random) : Damage.Of(content, random));
                break;
        }
        return TestPng.Assemble(chunks);
    }

    private static byte[] Inside(byte[] compressed, Random random)
    {
        using var rows = new MemoryStream();
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(compressed), CompressionMode.Decompress);
            zlib.CopyTo(rows);
        }
        catch (InvalidDataException)
        {
            return Damage.Of(compressed, random);
        }
        return TestPng.Compress(Damage.Of(rows.ToArray(), random));
    }

    private static List<(string Type, byte[] Content)> Chunks(byte[] file)
    {
        var chunks = new List<(string, byte[])>();
        for (int at = 8; at + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (length < 0 || length > file.Length - at - 12)
            {
                break;
            }
            chunks.Add((Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }
        return chunks;
    }
}
