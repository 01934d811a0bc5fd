namespace SegML.Scoring.Tiles;

/// <summary>The tiles along one axis of an image.</summary>
internal sealed class TileGrid
{
    private TileGrid(int tile, IReadOnlyList<Tile> tiles)
    {
        Size = tile;
        Tiles = tiles;
    }

    /// <summary>Each tile's length in pixels; the last may reach beyond the image, by less than the stride.</summary>
    public int Size { get; }

    /// <summary>The tiles; what they keep covers the image once.</summary>
    public IReadOnlyList<Tile> Tiles { get; }

    /// <summary>Lays the tiles.</summary>
    /// <param name="length">The image's length in pixels.</param>
    /// <param name="options">Their size and overlap.</param>
    /// <param name="field">The network's receptive field and stride.</param>
    public static TileGrid Lay(int length, TileOptions options, ReceptiveField field)
    {
        int padded = RoundUp(length, field.Stride), tile = RoundUp(options.Size, field.Stride);
        if (padded <= tile)
        {
            return new TileGrid(padded, [new Tile(0, 0, length)]);
        }
        int margin = Margin(options, field);
        var tiles = new List<Tile>();
        int kept = 0;
        for (int start = 0; ; start += tile - 2 * margin)
        {
            if (start + tile >= padded)
            {
                // The last one ends where the image does: it sees as much as the others.
                tiles.Add(new Tile(padded - tile, kept, length));
                return new TileGrid(tile, tiles);
            }
            tiles.Add(new Tile(start, kept, start + tile - margin));
            kept = start + tile - margin;
        }
    }

    /// <summary>Checks the options' ranges, and that an overlap leaves something of a tile.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ScoringOptionsException">The tiles are too small.</exception>
    public static void Check(TileOptions options, ReceptiveField field, string model)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Size, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Size, 1 << 16, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.Overlap ?? 0, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.AbovePixels, nameof(options));
        if (field.Stride > 1 << 16)
        {
            throw new ScoringOptionsException(model, $"computes alike only every {field.Stride} pixels, more than a tile has", "score it without tiles");
        }
        if (field.UnboundedBy is "ReduceMin" or "ReduceMax")
        {
            // Other operations that see everything are approximated; a range of its own for each tile is another picture.
            throw new ScoringOptionsException(model, $"scales its output by the least and the largest value in the image ({field.UnboundedBy}), which a tile does not know", "score it without tiles");
        }
        int overlap = 2 * Margin(options, field);
        if (RoundUp(options.Size, field.Stride) - overlap < field.Stride)
        {
            throw new ScoringOptionsException(model,
                $"cannot be scored in tiles of {options.Size.Of("pixel")} with an overlap of {overlap}" + (options.Overlap is null ? ", its receptive field" : ""),
                options.Overlap is null ? $"choose tiles of more than {overlap.Of("pixel")}, or an overlap that is not exact" : "choose larger tiles or a smaller overlap");
        }
    }

    private static int Margin(TileOptions options, ReceptiveField field)
    {
        long margin = options.Overlap is { } overlap ? (overlap + 1L) / 2
            : field.IsBounded ? field.Margin : Math.Min(field.Margin == 0 ? int.MaxValue : field.Margin, options.Size / 8);
        return RoundUp((int)Math.Min(margin, 1 << 20), field.Stride);
    }

    private static int RoundUp(int value, int step) => checked((value + step - 1) / step * step);

    /// <summary>One tile along the axis.</summary>
    /// <param name="Start">Its first pixel, a multiple of the network's stride.</param>
    /// <param name="KeepFrom">The first pixel of the image that its result counts for.</param>
    /// <param name="KeepTo">The pixel after the last one.</param>
    internal readonly record struct Tile(int Start, int KeepFrom, int KeepTo);
}
