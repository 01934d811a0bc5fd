using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Scoring.Tiles;

/// <summary>
/// Scores an image tile by tile, from top to bottom. Of the image it holds as many rows as a tile has.
/// </summary>
/// <param name="score">Scores the pixels of one tile and has the logits read.</param>
/// <param name="input">How an image becomes the network's input.</param>
/// <param name="options">The tiles.</param>
/// <param name="field">The network's receptive field.</param>
/// <param name="context">Gathers what the network wants to know of the whole image; null: it wants nothing, or cannot be told.</param>
internal sealed class TiledScoring(TiledScoring.ScoreTile score, InputOptions input, TileOptions options, ReceptiveField field, Lazy<GlobalContext?> context) : IDisposable
{
    /// <summary>Reads a tile's logits.</summary>
    public delegate void ReadLogits(LogitsView logits);

    /// <summary>Scores a tile.</summary>
    public delegate void ScoreTile(NetworkImage tile, ContextTensors? context, ReadLogits read);

    /// <summary>Sees a tile's pixels.</summary>
    public delegate void Visit(RasterImage pixels, TileGrid.Tile across, TileGrid.Tile down);

    private delegate void Keep<T>(LogitsView logits, T tile, T joined, TileGrid.Tile across, TileGrid.Tile down);

    /// <summary>Whether an image is to be scored in tiles.</summary>
    public bool IsFor(int width, int height) => (long)width * height > options.AbovePixels;

    /// <summary>The mask of an image, in rented memory.</summary>
    /// <param name="image">The image, at its first row.</param>
    /// <param name="classes">The classes.</param>
    public SegmentationMask Predict(ImageRows image, ClassSet classes) => Join(image, (width, height) => SegmentationMask.Rent(width, height, classes),
        (logits, tile, mask, x, y) =>
        {
            logits.Classify(classes, tile.Ids, tile.Height, tile.Width);
            Copy<byte>(tile.Ids, tile.Width, mask.Ids, mask.Width, x, y);
        });

    /// <summary>The probabilities of an image's pixels, in rented memory.</summary>
    /// <inheritdoc cref="Predict"/>
    public SegmentationScores Score(ImageRows image, ClassSet classes) => Join(image, (width, height) => new SegmentationScores(width, height, classes),
        (logits, tile, scores, x, y) =>
        {
            logits.Probabilities(classes, tile.Writable, tile.Height, tile.Width);
            int from = tile.Width * tile.Height, to = scores.Width * scores.Height;
            for (int c = 0; c < classes.Count; c++)
            {
                Copy<float>(tile.Writable.Slice(c * from, from), tile.Width, scores.Writable.Slice(c * to, to), scores.Width, x, y);
            }
        });

    /// <summary>Frees what it opened.</summary>
    public void Dispose()
    {
        if (context.IsValueCreated)
        {
            context.Value?.Dispose();
        }
    }

    // What is made of an image, joined of what is made of its tiles.
    private T Join<T>(ImageRows image, Func<int, int, T> rent, Keep<T> keep)
        where T : class, IDisposable
    {
        T joined = rent(image.Width, image.Height);
        try
        {
            TileGrid across = TileGrid.Lay(image.Width, options, field), down = TileGrid.Lay(image.Height, options, field);
            using T tile = rent(across.Size, down.Size);
            ChannelStatistics? whole = ChannelStatistics.Of(image.Reopen, input);
            using ContextTensors? means = Gather(image, whole, across, down);
            Walk(image, across, down, (pixels, x, y) => score(NetworkImage.Exactly(pixels, whole), means, logits => keep(logits, tile, joined, x, y)));
            return joined;
        }
        catch
        {
            joined.Dispose();
            throw;
        }
    }

    // One tile is the whole image and knows its means itself.
    private ContextTensors? Gather(ImageRows image, ChannelStatistics? whole, TileGrid across, TileGrid down)
    {
        if (across.Tiles.Count * down.Tiles.Count == 1 || context.Value is null)
        {
            return null;
        }
        using ImageRows again = image.Reopen();
        return context.Value.Gather(again, whole, across, down);
    }

    /// <summary>Goes over an image's tiles, row by row.</summary>
    public static void Walk(ImageRows image, TileGrid across, TileGrid down, Visit visit)
    {
        using RasterImage strip = image.Create(image.Width, Math.Min(down.Size, image.Height)), pixels = image.Create(across.Size, down.Size);
        int from = 0, to = 0, rowBytes = strip.PixelBytes * image.Width;
        foreach (TileGrid.Tile y in down.Tiles)
        {
            int end = Math.Min(y.Start + down.Size, image.Height);
            strip.Bytes[((y.Start - from) * rowBytes)..((to - from) * rowBytes)].CopyTo(strip.Bytes);
            image.Read(strip.Bytes[((to - y.Start) * rowBytes)..((end - y.Start) * rowBytes)]);
            (from, to) = (y.Start, end);
            foreach (TileGrid.Tile x in across.Tiles)
            {
                Cut(strip, to - from, x.Start, pixels);
                visit(pixels, x, y);
            }
        }
    }

    // Beyond the image its edge is repeated.
    private static void Cut(RasterImage strip, int rows, int left, RasterImage tile)
    {
        int bytes = strip.PixelBytes, inside = bytes * Math.Min(tile.Width, strip.Width - left);
        for (int y = 0; y < tile.Height; y++)
        {
            ReadOnlySpan<byte> row = strip.BytesOfRow(Math.Min(y, rows - 1)).Slice(bytes * left, inside);
            Span<byte> to = tile.BytesOfRow(y);
            row.CopyTo(to);
            for (int at = inside; at < to.Length; at += bytes)
            {
                row[^bytes..].CopyTo(to[at..]);
            }
        }
    }

    private static void Copy<T>(ReadOnlySpan<T> tile, int tileWidth, Span<T> image, int imageWidth, TileGrid.Tile across, TileGrid.Tile down)
    {
        int width = across.KeepTo - across.KeepFrom;
        for (int y = down.KeepFrom; y < down.KeepTo; y++)
        {
            tile.Slice((y - down.Start) * tileWidth + across.KeepFrom - across.Start, width)
                .CopyTo(image.Slice(y * imageWidth + across.KeepFrom, width));
        }
    }
}
