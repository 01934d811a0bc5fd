using System.IO.Hashing;
using System.Text;

namespace SegML.Files;

/// <summary>
/// The checksum at the end of an ONNX file: one more entry of its metadata, which any ONNX reader takes as such, computed over all bytes before it.
/// So reading it needs no ONNX parser, and nothing in the file can change without being noticed: graph, weights, metadata.
/// </summary>
internal static class ModelSeal
{
    /// <summary>The entry's key.</summary>
    public const string Key = "segml.checksum";

    private const string Method = "xxh128:";
    private const int Digits = 32;

    // ModelProto.metadata_props is field 14, a StringStringEntryProto of key (1) and value (2), each with its length before it.
    private static readonly byte[] _head =
    [
        (14 << 3) | 2, (byte)(2 + Key.Length + 2 + Method.Length + Digits),
        (1 << 3) | 2, (byte)Key.Length, .. Encoding.ASCII.GetBytes(Key),
        (2 << 3) | 2, (byte)(Method.Length + Digits), .. Encoding.ASCII.GetBytes(Method),
    ];

    /// <summary>What an ONNX file's bytes are.</summary>
    public enum State
    {
        /// <summary>There is no checksum: an earlier SegML or another program wrote the file.</summary>
        None,

        /// <summary>The bytes are those that were written.</summary>
        Intact,

        /// <summary>They are not.</summary>
        Damaged,
    }

    /// <summary>The entry for bytes that are written already.</summary>
    /// <param name="written">From where it stands to its end.</param>
    public static byte[] Of(Stream written)
    {
        var hash = new XxHash128();
        hash.Append(written);
        return [.. _head, .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetCurrentHash()))];
    }

    /// <summary>A model's bytes with their checksum.</summary>
    /// <param name="model">A model without one.</param>
    public static byte[] Seal(byte[] model)
    {
        using var stream = new MemoryStream(model);
        return [.. model, .. Of(stream)];
    }

    /// <summary>Compares a file with its checksum.</summary>
    public static State Check(ReadOnlySpan<byte> file)
    {
        int start = file.Length - _head.Length - Digits;
        if (start < 0)
        {
            return State.None;
        }
        ReadOnlySpan<byte> head = file.Slice(start, _head.Length);
        if (head.SequenceEqual(_head))
        {
            Span<byte> hash = stackalloc byte[16];
            XxHash128.Hash(file[..start], hash);
            return Convert.ToHexStringLower(hash) == Encoding.ASCII.GetString(file[^Digits..]) ? State.Intact : State.Damaged;
        }
        // A checksum that is damaged itself must not pass for none.
        int same = 0;
        for (int i = 0; i < head.Length; i++)
        {
            same += head[i] == _head[i] ? 1 : 0;
        }
        return same > _head.Length / 2 || file.IndexOf(_head) >= 0 ? State.Damaged : State.None;
    }
}
