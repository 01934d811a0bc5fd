using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Pastes objects of rare classes from other samples into crops (Ghiasi et al. 2021): as large as the crop's scale makes them, at the
/// height where they were seen - what stands on a street does so here too - and anywhere across.
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
    /// <param name="window">Gives scale, height and flip.</param>
    /// <param name="jitter">The crop's colour, which pasted objects get too.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="image">The crop.</param>
    /// <param name="ids">Its ids.</param>
    public void Apply(CropWindow window, ColorJitter jitter, SampleRandom random, RgbaImage image, Span<byte> ids)
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
        for (int i = 0; i < count && regions.Length > 0; i++)
        {
            Paste(sample, regions[random.Below(regions.Length)], window, jitter, ref random, image, ids);
        }
    }

    private static void Paste(
        Sample sample, PasteRegion region, CropWindow window, ColorJitter jitter, ref SampleRandom random, RgbaImage image, Span<byte> ids)
    {
        double width = region.Width * window.Scale, height = region.Height * window.Scale;
        double centre = random.Between(0, image.Width), top = (region.Top - window.Top) * window.Scale;
        if (width * height > GreatestPart * image.Width * image.Height || top + height <= 0 || top >= image.Height)
        {
            return;
        }
        double left = centre - 0.5 * width;
        byte[] rented = ArrayPool<byte>.Shared.Rent(region.Width * region.Height);
        Span<byte> shape = rented.AsSpan(0, region.Width * region.Height);
        region.Fill(shape);
        ReadOnlySpan<uint> source = Bilinear.Pixels(sample.Rgba);
        for (int y = (int)Math.Max(0, Math.Floor(top)); y < Math.Min(image.Height, top + height); y++)
        {
            Tap row = Tap.At((y + 0.5 - top) / window.Scale, region.Height);
            if (row.Nearest < 0)
            {
                continue;
            }
            Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Row(y));
            Span<byte> rowIds = ids.Slice(y * image.Width, image.Width);
            for (int x = (int)Math.Max(0, Math.Floor(left)); x < Math.Min(image.Width, left + width); x++)
            {
                double across = (x + 0.5 - left) / window.Scale;
                Tap column = Tap.At(window.Flip ? region.Width - across : across, region.Width);
                if (column.Nearest >= 0)
                {
                    PastePixel(source, sample.Width, region, shape, column, row, jitter, ref pixels[x], ref rowIds[x]);
                }
            }
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    // The object's edge is as soft as an image scaled with its mask would have it; the mask is one or the other.
    private static void PastePixel(
        ReadOnlySpan<uint> source, int width, PasteRegion region, ReadOnlySpan<byte> shape, Tap column, Tap row, ColorJitter jitter, ref uint pixel, ref byte id)
    {
        float cover = Between(
            Between(shape[row.First * region.Width + column.First], shape[row.First * region.Width + column.Second], column.Share),
            Between(shape[row.Second * region.Width + column.First], shape[row.Second * region.Width + column.Second], column.Share), row.Share);
        if (cover <= 0)
        {
            return;
        }
        Tap sampleColumn = column with { First = column.First + region.Left, Second = column.Second + region.Left };
        Tap sampleRow = row with { First = row.First + region.Top, Second = row.Second + region.Top };
        Vector128<float> pasted = jitter.Apply(Bilinear.At(source, width, sampleColumn, sampleRow));
        pasted = Vector128.Min(Vector128.Max(pasted, Vector128<float>.Zero), Vector128.Create(255f));
        pixel = Bilinear.Bytes(Bilinear.Mix(Bilinear.Floats(pixel), pasted, cover));
        if (shape[row.Nearest * region.Width + column.Nearest] != 0)
        {
            id = region.Id;
        }

        static float Between(float a, float b, float share) => a + (b - a) * share;
    }
}
