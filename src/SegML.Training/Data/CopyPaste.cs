using System.Buffers;
using System.Runtime.InteropServices;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Pastes objects of rare classes from other samples into crops (Ghiasi et al. 2021): as large as the crop's scale makes them,
/// turned and flipped as the crop is, at the height where they were seen - what stands on a street does so here too - and anywhere across.
/// </summary>
internal sealed class CopyPaste
{
    // A region that covers more than this part of the crop would hide what it is to stand in.
    private const double GreatestPart = 0.25;

    private readonly AugmentationOptions _options;
    private readonly SampleCache _cache;
    private readonly ClassSet _classes;
    private readonly byte[] _rare;
    private readonly PasteRegion[]?[] _regions;

    public CopyPaste(AugmentationOptions options, SampleCache cache, ClassSet classes, RareClasses rare)
    {
        _options = options;
        _cache = cache;
        _classes = classes;
        _rare = rare.Ids.ToArray();
        _regions = new PasteRegion[]?[cache.Count];
    }

    /// <summary>Pastes what is drawn.</summary>
    /// <param name="window">Gives scale, height, flip and turns.</param>
    /// <param name="jitter">The crop's colour, which pasted objects get too.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="image">The crop.</param>
    /// <param name="ids">Its ids.</param>
    /// <param name="range">What full scale is to an image of floats.</param>
    public void Apply(CropWindow window, ColorJitter jitter, SampleRandom random, RasterImage image, Span<byte> ids, ValueRange range)
    {
        if (random.NextDouble() >= _options.CopyPaste)
        {
            return;
        }
        int donor = random.Below(_cache.Count);
        Sample sample = _cache.Get(donor);
        // Two threads may look for the same regions at the same time; they find the same.
        PasteRegion[] regions = _regions[donor] ??= PasteRegion.Find(sample, _classes, _rare);
        int count = 1 + random.Below(_options.CopyPasteRegions);
        if (image is RgbaImage rgba && sample.Channels == 0)
        {
            Paste(sample, regions, count, window, ref random, image, new ByteCrop(sample, jitter, MemoryMarshal.Cast<byte, uint>(rgba.Pixels), 0), ids);
        }
        else if (image is DeepImage deep && sample.Channels == deep.Channels)
        {
            Paste(sample, regions, count, window, ref random, image, new DeepCrop(sample, jitter, range, deep.Values, []), ids);
        }
    }

    private static void Paste<T>(
        Sample sample, PasteRegion[] regions, int count, CropWindow window, ref SampleRandom random, RasterImage image, T crop, Span<byte> ids)
        where T : struct, ICrop, allows ref struct
    {
        for (int i = 0; i < count && regions.Length > 0; i++)
        {
            Paste(regions[random.Below(regions.Length)], window, ref random, image, crop, ids);
        }
    }

    private static void Paste<T>(PasteRegion region, CropWindow window, ref SampleRandom random, RasterImage image, T crop, Span<byte> ids)
        where T : struct, ICrop, allows ref struct
    {
        (double left, double top, double width, double height) = Place(region, window, random.NextDouble(), image);
        if (width * height > GreatestPart * image.Width * image.Height || top + height <= 0 || top >= image.Height || left + width <= 0 || left >= image.Width)
        {
            return;
        }
        byte[] rented = ArrayPool<byte>.Shared.Rent(region.Width * region.Height);
        Span<byte> shape = rented.AsSpan(0, region.Width * region.Height);
        region.Fill(shape);
        for (int y = (int)Math.Max(0, Math.Floor(top)); y < Math.Min(image.Height, top + height); y++)
        {
            for (int x = (int)Math.Max(0, Math.Floor(left)); x < Math.Min(image.Width, left + width); x++)
            {
                (double across, double down) = window.Unturn(x + 0.5 - left, y + 0.5 - top, width, height);
                Tap column = Tap.At(across / window.Scale, region.Width), row = Tap.At(down / window.Scale, region.Height);
                if (column.Nearest >= 0 && row.Nearest >= 0)
                {
                    int pixel = y * image.Width + x;
                    PastePixel(region, shape, column, row, crop, pixel, ref ids[pixel]);
                }
            }
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    // Where a region's rectangle lies in the crop: down as it was seen, across anywhere, and turned with the crop.
    private static (double Left, double Top, double Width, double Height) Place(PasteRegion region, CropWindow window, double share, RasterImage image)
    {
        double width = region.Width * window.Scale, height = region.Height * window.Scale, top = (region.Top - window.Top) * window.Scale;
        return window.Turns switch
        {
            1 => (image.Width - top - height, share * image.Height - 0.5 * width, height, width),
            2 => (share * image.Width - 0.5 * width, image.Height - top - height, width, height),
            3 => (top, share * image.Height - 0.5 * width, height, width),
            _ => (share * image.Width - 0.5 * width, top, width, height),
        };
    }

    // The object's edge is as soft as an image scaled with its mask would have it; the mask is one or the other.
    private static void PastePixel<T>(PasteRegion region, ReadOnlySpan<byte> shape, Tap column, Tap row, T crop, int pixel, ref byte id)
        where T : struct, ICrop, allows ref struct
    {
        float cover = Between(
            Between(shape[row.First * region.Width + column.First], shape[row.First * region.Width + column.Second], column.Share),
            Between(shape[row.Second * region.Width + column.First], shape[row.Second * region.Width + column.Second], column.Share), row.Share);
        if (cover <= 0)
        {
            return;
        }
        crop.Mix(pixel, column with { First = column.First + region.Left, Second = column.Second + region.Left },
            row with { First = row.First + region.Top, Second = row.Second + region.Top }, cover);
        if (shape[row.Nearest * region.Width + column.Nearest] != 0)
        {
            id = region.Id;
        }

        static float Between(float a, float b, float share) => a + (b - a) * share;
    }
}
