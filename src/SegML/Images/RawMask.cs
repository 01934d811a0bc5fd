namespace SegML.Images;

/// <summary>A mask file's own values, before they are translated into class ids.</summary>
public sealed class RawMask
{
    internal RawMask(int width, int height, byte[] bytes, bool isIndexed = false)
        : this(width, height) => (Bytes, IsIndexed) = (bytes, isIndexed);

    internal RawMask(int width, int height, ushort[] words)
        : this(width, height) => Words = words;

    internal RawMask(int width, int height, int[] colors)
        : this(width, height) => Colors = colors;

    private RawMask(int width, int height)
    {
        Width = width;
        Height = height;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>
    /// Whether the values are colours, 0xRRGGBB (an RGB or RGBA file), and not numbers: palette indices (0-255) or grey
    /// levels (0-65535, as stored: a 1-bit file holds 0 and 1).
    /// </summary>
    public bool IsColor => Colors is not null;

    /// <summary>Whether the values are palette indices, which show nothing of themselves: a grey level of 255 is white, an index of 255 any colour.</summary>
    public bool IsIndexed { get; }

    /// <summary>The value at a pixel.</summary>
    public int this[int x, int y] => this[y * Width + x];

    /// <summary>The value at a pixel, counted row by row.</summary>
    public int this[int index] => Bytes is not null ? Bytes[index] : Words is not null ? Words[index] : Colors![index];

    // Exactly one of these is set.
    internal byte[]? Bytes { get; }

    internal ushort[]? Words { get; }

    internal int[]? Colors { get; }
}
