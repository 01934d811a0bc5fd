using System.IO.Hashing;
using System.Text;

namespace SegML.Training.Runs;

/// <summary>The checksum at the end of a file of tensors: a line of text, over all bytes before it.</summary>
internal static class TensorSeal
{
    private const string Start = "\nxxh128:";

    /// <summary>Bytes that it takes.</summary>
    public const int Length = 8 + 32 + 1;

    /// <summary>The checksum of a stream's bytes from where it stands.</summary>
    public static byte[] Of(Stream stream, long count)
    {
        var hash = new XxHash128();
        byte[] buffer = new byte[1 << 16];
        while (count > 0)
        {
            int read = stream.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count)));
            if (read == 0)
            {
                throw new EndOfStreamException();
            }
            hash.Append(buffer.AsSpan(0, read));
            count -= read;
        }
        return Encoding.ASCII.GetBytes($"{Start}{Convert.ToHexStringLower(hash.GetCurrentHash())}\n");
    }

    /// <summary>Compares a file with its checksum, and goes back to its beginning.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">The two differ.</exception>
    public static bool IsIntact(Stream stream)
    {
        if (stream.Length < Length)
        {
            return false;
        }
        Span<byte> found = stackalloc byte[Length];
        stream.Position = stream.Length - Length;
        stream.ReadExactly(found);
        stream.Position = 0;
        if (!found[..Start.Length].SequenceEqual(Encoding.ASCII.GetBytes(Start)))
        {
            return false; // Where it is damaged itself, the reader finds something after the last tensor.
        }
        byte[] right = Of(stream, stream.Length - Length);
        stream.Position = 0;
        return found.SequenceEqual(right) ? true : throw new InvalidDataException("its checksum differs");
    }
}
