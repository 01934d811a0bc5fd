namespace SegML.Images;

/// <summary>
/// An image that is read from top to bottom, some rows at a time, so that one larger than the memory can be worked on.
/// </summary>
internal abstract class ImageRows(string name, int width, int height) : IDisposable
{
    /// <summary>What to call it in errors.</summary>
    protected string Name => name;

    /// <summary>Width in pixels.</summary>
    public int Width => width;

    /// <summary>Height in pixels.</summary>
    public int Height => height;

    /// <summary>An image of the kind that the rows are of, whose pixels are not yet set.</summary>
    public virtual RasterImage Create(int width, int height) => new RgbaImage(width, height);

    /// <summary>Reads the next rows: R G B A, as in <see cref="RgbaImage"/>, or the bytes of an image that <see cref="Create"/> makes.</summary>
    /// <param name="rows">Room for whole rows, at most those that are left.</param>
    /// <exception cref="ImageFormatException">The file ends early or is damaged.</exception>
    public void Read(Span<byte> rows) => Boundary.Image.Cross(name, rows, next =>
    {
        ReadRows(next);
        return true;
    });

    /// <inheritdoc cref="Read"/>
    protected abstract void ReadRows(Span<byte> rows);

    /// <summary>Reads an image of which nothing has been read.</summary>
    /// <exception cref="ImageFormatException">The file ends early, is damaged, or too large to be held whole.</exception>
    public RasterImage ReadAll()
    {
        SkiaDecoder.CheckWhole(Width, Height, Name);
        RasterImage image = Create(Width, Height);
        try
        {
            Read(image.Bytes);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The same image once more, from its first row; good as long as this one.</summary>
    /// <exception cref="ImageFormatException">The file cannot be opened any more.</exception>
    public abstract ImageRows Reopen();

    /// <summary>Frees what the reading holds.</summary>
    public abstract void Dispose();

    /// <summary>Of an image in memory, which must outlive it and stays the caller's.</summary>
    public static ImageRows Of(RasterImage image, string name) => new MemoryRows(image, name, owns: false);

    /// <summary>Of an image in memory, which goes with it.</summary>
    public static ImageRows Take(RasterImage image, string name) => new MemoryRows(image, name, owns: true);

    /// <summary>
    /// Opens a file that is decoded row by row: JPEG and 8-bit PNG. Null: it has to be decoded whole - interlaced PNG, images that EXIF turns,
    /// more bits, other formats.
    /// </summary>
    /// <exception cref="ImageFormatException">The file is missing, empty, unreadable, truncated or too large.</exception>
    public static ImageRows? TryStream(string path, ImageReadOptions options) =>
        Boundary.Image.Cross(path, () => (ImageRows?)PngRows.TryOpen(path, options) ?? JpegRows.TryOpen(path, options));

    /// <summary>Opens a file row by row where that can be done, else whole.</summary>
    /// <exception cref="ImageFormatException">The file is missing, empty, unreadable, truncated, too large or not an image.</exception>
    public static ImageRows Open(string path, ImageReadOptions options) => TryStream(path, options) ?? Take(ImageFile.ReadRaster(path, options), path);

    private sealed class MemoryRows(RasterImage image, string name, bool owns) : ImageRows(name, image.Width, image.Height)
    {
        private int _at;

        public override RasterImage Create(int width, int height) => image.Create(width, height);

        protected override void ReadRows(Span<byte> rows)
        {
            image.Bytes.Slice(_at, rows.Length).CopyTo(rows);
            _at += rows.Length;
        }

        public override ImageRows Reopen() => Of(image, Name);

        public override void Dispose()
        {
            if (owns)
            {
                image.Dispose();
            }
        }
    }
}
