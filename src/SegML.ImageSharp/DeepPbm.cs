using System.Buffers.Binary;
using SegML.Images;

namespace SegML.ImageSharp;

/// <summary>
/// Reads PGM and PPM of more than 8 bits (netpbm, "pgm" and "ppm": after the header two bytes a sample, the high one first). ImageSharp 2.1.13 leaves
/// the last row of such files black.
/// </summary>
internal static class DeepPbm
{
    /// <summary>Decodes a file whose header ImageSharp has read.</summary>
    /// <exception cref="SegML.ImageFormatException">It is written as text, or ends early.</exception>
    public static DeepImage Decode(ReadOnlySpan<byte> encoded, string name)
    {
        if (encoded is not [_, (byte)'5' or (byte)'6', ..])
        {
            throw new SegML.ImageFormatException(name, "has more than 8 bits written as text", "save it in binary (P5 or P6)");
        }
        int channels = encoded[1] == '6' ? 3 : 1, at = 2;
        int width = Number(encoded, ref at), height = Number(encoded, ref at), most = Number(encoded, ref at);
        ReadOnlySpan<byte> samples = encoded[Math.Min(at + 1, encoded.Length)..];
        if (most < 1 || (Int128)width * height * channels * 2 > samples.Length)
        {
            throw new SegML.ImageFormatException(name, "is truncated", "copy it again from its source");
        }
        var image = new DeepImage(width, height, channels);
        Span<float> values = image.Values;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadUInt16BigEndian(samples[(2 * i)..]) / (float)most;
        }
        return image;
    }

    // Numbers are apart by white space and by comments, which reach from # to the line's end.
    private static int Number(ReadOnlySpan<byte> file, ref int at)
    {
        bool inComment = false;
        while (at < file.Length && (inComment || !char.IsAsciiDigit((char)file[at])))
        {
            inComment = (inComment || file[at] == '#') && file[at] is not ((byte)'\n' or (byte)'\r');
            at++;
        }
        int number = 0;
        while (at < file.Length && char.IsAsciiDigit((char)file[at]) && number < 100_000_000)
        {
            number = 10 * number + file[at++] - '0';
        }
        return number;
    }
}
