using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Tiff.Constants;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace SegML.ImageSharp;

/// <summary>
/// Reads files with ImageSharp's decoders: TIFF, 16-bit PNG and TIFF, BMP, TGA, PBM and QOI beside what SegML reads itself. For JPEG
/// and PNG prefer SegML's own <see cref="ImageFile"/>, which is faster and made for strangers' files.
/// </summary>
public static class ImageSharpFile
{
    /// <summary>Reads an image. More than 8 bits a channel are rounded to 8; orientation is applied; of several frames the first is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <returns>The image, upright. Dispose it to give its memory back.</returns>
    /// <exception cref="SegML.ImageFormatException">The file is missing, unreadable, damaged, too large or not an image.</exception>
    public static RgbaImage Read(string path, ImageReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Guarded(path, Fault, () =>
        {
            if (Identify(path, options, Fault).Format.Name == "JPEG")
            {
                using EncodedFile file = EncodedFile.Read(path, Fault);
                SkiaDecoder.CheckComplete(file.Bytes, SkiaSharp.SKEncodedImageFormat.Jpeg, path, options ?? new ImageReadOptions());
            }
            using Image<Rgba32> image = Image.Load<Rgba32>(FirstFrame, path);
            image.Mutate(i => i.AutoOrient());
            return ImageSharpImages.FromRgba32(image);
        });
    }

    /// <summary>Reads a mask from a grey TIFF of 8 or 16 bits and translates its values into class ids.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">The classes, whose <see cref="SegmentationClass.From"/> says what the file's values stand for.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <remarks>Masks in PNG are <see cref="MaskFile"/>'s: ImageSharp would expand their palettes.</remarks>
    /// <exception cref="MaskFormatException">The file cannot be read, is no grey TIFF, or holds a value that stands for no class.</exception>
    public static SegmentationMask ReadMask(string path, ClassSet classes, ImageReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(classes);
        return Guarded(path, MaskFault, () =>
        {
            (IImageInfo info, IImageFormat format) = Identify(path, options, MaskFault);
            int bits = info.PixelType.BitsPerPixel;
            bool grey = format.Name == "TIFF" && IsGrey(path);
            if (!grey || bits is not (8 or 16))
            {
                throw MaskFault(path, $"is not a grey TIFF of 8 or 16 bits, but {format.Name} of {bits} bits a pixel",
                    "convert it, or use a PNG and MaskFile", null);
            }
            return bits == 8 ? Translate<L8>(path, classes, p => p.PackedValue) : Translate<L16>(path, classes, p => p.PackedValue);
        });
    }

    private static Configuration FirstFrame { get; } = OfFirstFrame();

    private static Configuration OfFirstFrame()
    {
        Configuration configuration = Configuration.Default.Clone();
        configuration.ImageFormatsManager.SetDecoder(TiffFormat.Instance, new TiffDecoder { DecodingMode = FrameDecodingMode.First });
        configuration.ImageFormatsManager.SetDecoder(GifFormat.Instance, new GifDecoder { DecodingMode = FrameDecodingMode.First });
        return configuration;
    }

    private static bool IsGrey(string path)
    {
        using Image image = Image.Load(FirstFrame, path);
        return image.Frames.RootFrame.Metadata.GetTiffMetadata().PhotometricInterpretation == TiffPhotometricInterpretation.BlackIsZero;
    }

    private static (IImageInfo Info, IImageFormat Format) Identify(string path, ImageReadOptions? options, FaultFactory fault)
    {
        IImageInfo info = Image.Identify(FirstFrame, path, out IImageFormat format);
        if (info is null)
        {
            throw new UnknownImageFormatException("unknown");
        }
        long most = (options ?? new ImageReadOptions()).MaxPixels;
        return (long)info.Width * info.Height <= most
            ? (info, format)
            : throw fault(path, $"has {info.Width}x{info.Height} pixels, more than {most}", "scale it down, or raise MaxPixels", null);
    }

    private static SegmentationMask Translate<TPixel>(string path, ClassSet classes, Func<TPixel, int> value)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using Image<TPixel> image = Image.Load<TPixel>(FirstFrame, path);
        var mask = new SegmentationMask(image.Width, image.Height, classes);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<TPixel> row = image.DangerousGetPixelRowMemory(y).Span;
            for (int x = 0; x < row.Length; x++)
            {
                if (!classes.TryFromValue(value(row[x]), out byte id))
                {
                    throw MaskFault(path, $"holds value {value(row[x])} at ({x}, {y}), not among the {classes.Count} classes or "
                        + $"ignore index {classes.IgnoreIndex} of {classes.Source}", "add it to a class's \"from\", or correct the mask", null);
                }
                mask.Ids[y * image.Width + x] = id;
            }
        }
        return mask;
    }

    private static T Guarded<T>(string path, FaultFactory fault, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw UnreadableFile.Fault(path, fault, e);
        }
        catch (UnknownImageFormatException e)
        {
            throw fault(path, "is not an image that ImageSharp knows", "convert it", e);
        }
        catch (Exception e) when (e is not SegMLException and not OutOfMemoryException)
        {
            // ImageSharp's decoders let their own and many of .NET's exceptions through for damaged files.
            throw fault(path, $"is damaged or of a kind that ImageSharp does not read ({e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')})",
                "restore or convert it", e);
        }
    }

    private static SegMLException Fault(string path, string fault, string fix, Exception? inner) =>
        new SegML.ImageFormatException(path, fault, fix, inner);

    private static SegMLException MaskFault(string path, string fault, string fix, Exception? inner) =>
        new MaskFormatException(path, fault, fix, inner);
}
