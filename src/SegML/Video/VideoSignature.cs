namespace SegML.Video;

/// <summary>How the common video containers begin.</summary>
internal static class VideoSignature
{
    /// <summary>The number of bytes to look at: a packet of a transport stream and the first byte of the next.</summary>
    public const int Length = PacketBytes + 1;

    private const int PacketBytes = 188;

    /// <summary>Whether a file's first bytes are those of a video container.</summary>
    /// <param name="start">The first <see cref="Length"/> bytes, fewer where the file has no more.</param>
    public static bool Matches(ReadOnlySpan<byte> start) => start.Length >= 12
        && (IsIsoMedia(start)
            || start.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])                       // Matroska, WebM: RFC 8794
            || start.StartsWith("RIFF"u8) && start[8..].StartsWith("AVI "u8)
            || start.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0xBA])                                // MPEG program stream
            || start.Length == Length && start[0] == 'G' && start[PacketBytes] == 'G');             // MPEG transport stream, ISO/IEC 13818-1

    // ISO/IEC 14496-12: a box's size, then "ftyp" and the brand. HEIF images have the same box with brands of their own.
    private static bool IsIsoMedia(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> brand = start[8..];
        return start[4..].StartsWith("ftyp"u8)
            && !(brand.StartsWith("avif"u8) || brand.StartsWith("avis"u8) || brand.StartsWith("mif1"u8) || brand.StartsWith("msf1"u8)
                || brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8));
    }
}
