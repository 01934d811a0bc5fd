using SkiaSharp;

namespace SegML.Images;

/// <summary>
/// Decodes through SKCodec: header, limits, then pixels straight into their final memory. The handier SKBitmap.Decode
/// accepts truncated files silently and allocates whatever a header claims.
/// </summary>
internal static unsafe class SkiaDecoder
{
    // libpng's own limit.
    private const int MostPngSide = 1_000_000;

    public static RgbaImage Decode(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options) =>
        (RgbaImage)Decode(encoded, name, options, static (width, height) => (width, height)).Pixels;

    /// <summary>Decodes at the needed size or above it, where the format decodes faster at a smaller size.</summary>
    public static ReducedImage Decode(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options, NeededSize needed)
    {
        if (options.LeastDecoded < ImageReadOptions.Default.LeastDecoded && encoded is [0xFF, 0xD8, ..] && !ImageContainer.IsComplete(encoded, SKEncodedImageFormat.Jpeg))
        {
            // Closed, so that what is there can be decoded and counted.
            encoded = (byte[])[.. encoded, 0xFF, 0xD9];
        }
        fixed (byte* start = encoded)
        {
            using SKData data = Data(start, encoded.Length, name);
            using SKCodec codec = Open(data, encoded, name);
            (int width, int height) = UprightSize(codec, name, options);
            CheckComplete(encoded, codec.EncodedFormat, name, options);
            (int neededWidth, int neededHeight) = needed(width, height);
            (int storedWidth, int storedHeight) = Orientation.SwapsSides(codec.EncodedOrigin)
                ? JpegScale.AtLeast(codec, neededHeight, neededWidth)
                : JpegScale.AtLeast(codec, neededWidth, neededHeight);
            RgbaImage image = new(storedWidth, storedHeight);
            try
            {
                Read(codec, image, name);
                return new ReducedImage(Orientation.Apply(image, codec.EncodedOrigin), width, height);
            }
            catch
            {
                image.Dispose();
                throw;
            }
        }
    }

    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options)
    {
        fixed (byte* start = encoded)
        {
            using SKData data = Data(start, encoded.Length, name);
            using SKCodec codec = Open(data, encoded, name);
            return UprightSize(codec, name, options);
        }
    }

    public static bool HasHeader(ReadOnlySpan<byte> encoded)
    {
        fixed (byte* start = encoded)
        {
            using SKData data = Data((nint)start, encoded.Length);
            using SKCodec? codec = SKCodec.Create(data);
            return codec is not null;
        }
    }

    /// <summary>How the image has to be turned; null: not at all.</summary>
    public static ImageTurn? ReadTurn(ReadOnlySpan<byte> encoded, string name)
    {
        fixed (byte* start = encoded)
        {
            using SKData data = Data(start, encoded.Length, name);
            using SKCodec codec = Open(data, encoded, name);
            return codec.EncodedOrigin is SKEncodedOrigin.TopLeft or 0 ? null : new ImageTurn(codec.EncodedOrigin);
        }
    }

    private static SKData Data(byte* start, int length, string name) => length == 0
        ? throw new ImageFormatException(name, "is empty", "copy it again from its source")
        : Data((nint)start, length);

    /// <summary>Memory as Skia sees it. Whatever is decoded begins here.</summary>
    /// <exception cref="NativeLibraryException">The app lacks Skia's native library.</exception>
    internal static SKData Data(nint start, int length) => NativeLibraryException.Guard(() => SKData.Create(start, length), "Skia",
        OperatingSystem.IsWindows() ? "SkiaSharp.NativeAssets.Win32" : OperatingSystem.IsMacOS() ? "SkiaSharp.NativeAssets.macOS" : "SkiaSharp.NativeAssets.Linux.NoDependencies",
        "2.88.9");

    private static SKCodec Open(SKData data, ReadOnlySpan<byte> encoded, string name) => SKCodec.Create(data)
        ?? throw (encoded.Length >= PngHeader.Size && PngHeader.TryRead(encoded, out PngHeader png) && Math.Max(png.Width, png.Height) > MostPngSide
            ? new ImageFormatException(name, $"is {png.Width}x{png.Height}, more than {MostPngSide.Of("pixel")} a side", "scale it down or cut it into parts") { TooLarge = (png.Width, png.Height) }
            : ImageContainer.LooksLikeImage(encoded)
            ? new ImageFormatException(name, "is truncated or damaged (its header)", "copy it again from its source")
            : new ImageFormatException(name, "is not an image that can be read", ImageDecoders.Advice));

    private static (int Width, int Height) UprightSize(SKCodec codec, string name, ImageReadOptions options)
    {
        CheckSize(codec.Info.Width, codec.Info.Height, name, options.MaxPixels);
        CheckWhole(codec.Info.Width, codec.Info.Height, name);
        return Orientation.SwapsSides(codec.EncodedOrigin) ? (codec.Info.Height, codec.Info.Width) : (codec.Info.Width, codec.Info.Height);
    }

    /// <summary>Refuses what no <see cref="RasterImage"/> can hold.</summary>
    public static void CheckWhole(int width, int height, string name, int pixelBytes = 4)
    {
        int most = Array.MaxLength / pixelBytes;
        long pixels = (long)width * height;
        if (pixels > most)
        {
            throw new ImageFormatException(name, $"is {width}x{height}, {pixels.Of("pixel")}, above the {most} that can be held whole",
                "score it in tiles, or scale it down")
            { TooLarge = (width, height) };
        }
    }

    /// <summary>Refuses what is above the limit.</summary>
    public static void CheckSize(int width, int height, string name, long limit)
    {
        long pixels = (long)width * height;
        if (pixels > limit)
        {
            throw new ImageFormatException(name, $"is {width}x{height}, {pixels.Of("pixel")}, above the limit of {limit}", "scale it down or raise the limit") { TooLarge = (width, height) };
        }
    }

    private static void Read(SKCodec codec, RgbaImage image, string name)
    {
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        SKCodecResult result;
        fixed (byte* pixels = image.Pixels)
        {
            result = codec.GetPixels(info, (nint)pixels, info.RowBytes, SKCodecOptions.Default);
        }
        if (result == SKCodecResult.IncompleteInput)
        {
            throw Truncated(name);
        }
        if (result != SKCodecResult.Success)
        {
            throw new ImageFormatException(name, $"is damaged (decoder says {result})", "copy it again from its source");
        }
    }

    /// <summary>Refuses a file that ends early, and a JPEG of which too little is there.</summary>
    public static void CheckComplete(ReadOnlySpan<byte> encoded, SKEncodedImageFormat format, string name, ImageReadOptions options)
    {
        if (!ImageContainer.IsComplete(encoded, format))
        {
            throw Truncated(name);
        }
        if (format != SKEncodedImageFormat.Jpeg || JpegScans.DecodedShare(encoded) is not (< 1 and var share))
        {
            return;
        }
        if (share < options.LeastDecoded)
        {
            // Rounded down, so that a part is never all.
            throw new ImageFormatException(name, $"is truncated: {Math.Floor(100 * share)} % of its picture is there, the rest would be made up",
                "copy it again from its source; to score it as it is, set LeastDecoded (--allow-truncated)");
        }
        ImageFile.TellTruncated(name, share);
    }

    public static ImageFormatException Truncated(string name) => new(name, "is truncated", "copy it again from its source");
}
