using System.Buffers;
using System.Buffers.Text;

namespace SegML.Serving.Limits;

/// <summary>An image that was sent, in rented memory. Dispose it when nothing reads it any more.</summary>
internal sealed class Upload : IDisposable
{
    // Grown as bytes come: a length that a client claims takes no memory.
    private const int FirstBytes = 1 << 16;

    private byte[]? _bytes;

    private Upload(byte[] bytes, int length, string name) => (_bytes, Length, Name) = (bytes, length, name);

    /// <summary>What errors call it: the file's name, where it has one.</summary>
    public string Name { get; }

    /// <summary>How many bytes it has.</summary>
    public int Length { get; }

    /// <summary>The content of the file.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <summary>Reads a stream to its end.</summary>
    public static async Task<Upload> Read(Stream stream, string name, CancellationToken cancellation)
    {
        byte[] bytes = Rented.Rent<byte>(FirstBytes);
        int length = 0;
        try
        {
            for (int read; (read = await stream.ReadAsync(bytes.AsMemory(length), cancellation)) > 0;)
            {
                length += read;
                if (length == bytes.Length)
                {
                    byte[] longer = Rented.Rent<byte>(checked(2 * length));
                    bytes.CopyTo(longer, 0);
                    Rented.Return(bytes);
                    bytes = longer;
                }
            }
        }
        catch
        {
            Rented.Return(bytes);
            throw;
        }
        return new Upload(bytes, length, name);
    }

    /// <summary>Decodes base64, with or without a "data:image/jpeg;base64," before it.</summary>
    /// <returns>Null: it is not base64.</returns>
    public static Upload? FromBase64(ReadOnlySpan<byte> text, string name)
    {
        if (text.StartsWith("data:"u8))
        {
            text = text[(text.IndexOf((byte)',') + 1)..];
        }
        byte[] bytes = Rented.Rent<byte>(Math.Max(1, Base64.GetMaxDecodedFromUtf8Length(text.Length)));
        if (Base64.DecodeFromUtf8(text, bytes, out _, out int written) == OperationStatus.Done)
        {
            return new Upload(bytes, written, name);
        }
        Rented.Return(bytes);
        return null;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            Rented.Return(bytes);
        }
    }
}
