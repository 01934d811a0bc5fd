using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Training.Data.Effects;

namespace SegML.Training.Data;

/// <summary>
/// Makes a training crop from a sample: geometry and linear colour in one pass over the crop's pixels, then what cannot be done
/// pixel by pixel. Image bilinear, mask nearest, at the same half-pixel coordinates.
/// </summary>
internal sealed class Augmenter
{
    // What sides that are not the full ones are rounded to: no network halves more often than five times.
    private const int SideStep = 32;

    private readonly AugmentationOptions _options;
    private readonly uint _void;
    private readonly float[] _deepVoid;
    private readonly byte _ignore;

    /// <param name="options">What is drawn.</param>
    /// <param name="input">Its mean colour (RGB, BGR) or grey fills what lies outside the sample; its size is the default crop.</param>
    /// <param name="ignore">The ignore index, which the mask has there.</param>
    public Augmenter(AugmentationOptions options, InputOptions input, byte ignore)
    {
        _options = options;
        _ignore = ignore;
        Width = options.CropWidth > 0 ? options.CropWidth : input.Width;
        Height = options.CropHeight > 0 ? options.CropHeight : input.Height;
        bool hasMeans = input.Bands is null && !input.IsNormalizedByImage;
        _void = input.ColorSpace switch
        {
            _ when !hasMeans => Opaque(0.5f, 0.5f, 0.5f),
            ColorSpace.Rgb => Opaque(input.Mean[0], input.Mean[1], input.Mean[2]),
            ColorSpace.Bgr => Opaque(input.Mean[2], input.Mean[1], input.Mean[0]),
            _ => Opaque(0.5f, 0.5f, 0.5f),
        };
        _deepVoid = input.Bands is not null ? [.. input.Mean] : input.ColorSpace switch
        {
            _ when !hasMeans => [0.5f, 0.5f, 0.5f],
            ColorSpace.Rgb => [.. input.Mean],
            ColorSpace.Bgr => [.. input.Mean.Reverse()],
            _ => [0.5f, 0.5f, 0.5f],
        };

        static uint Opaque(float red, float green, float blue) => Byte(red) | Byte(green) << 8 | Byte(blue) << 16 | 0xFF000000;

        static uint Byte(float share) => (uint)Math.Clamp(MathF.Round(255 * share), 0, 255);
    }

    private Augmenter(Augmenter full, double size)
    {
        (_void, _deepVoid, _ignore, Rare, Donors) = (full._void, full._deepVoid, full._ignore, full.Rare, full.Donors);
        (Width, Height) = (Side(full.Width), Side(full.Height));
        _options = full._options with { ScaleMin = size * full._options.ScaleMin, ScaleMax = size * full._options.ScaleMax };

        int Side(int pixels) => Math.Clamp((int)Math.Round(size * pixels / SideStep) * SideStep, Math.Min(SideStep, pixels), pixels);
    }

    /// <summary>The crop's width in pixels.</summary>
    public int Width { get; }

    /// <summary>The crop's height in pixels.</summary>
    public int Height { get; }

    /// <summary>What crops are aimed at; null: nothing.</summary>
    public RareClasses? Rare { get; init; }

    /// <summary>Where pasted objects come from; null: none are pasted.</summary>
    public CopyPaste? Donors { get; init; }

    /// <summary>What a pipeline declares, for the samples of a cache.</summary>
    public static Augmenter Of(Pipeline pipeline, SampleCache cache)
    {
        AugmentationOptions options = pipeline.Training.Augmentation;
        RareClasses? rare = RareClasses.Find(pipeline, cache);
        return new Augmenter(options, pipeline.Input, pipeline.Classes.IgnoreIndex)
        {
            Rare = rare,
            Donors = rare is not null && options.CopyPaste > 0 ? new CopyPaste(options, cache, pipeline.Classes, rare) : null,
        };
    }

    /// <summary>What makes the crops of an epoch, which are smaller at first where the pipeline lets them grow.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="epochs">Those of the whole run.</param>
    public Augmenter At(int epoch, int epochs)
    {
        double growing = _options.GrowShare * epochs;
        double size = epoch >= growing ? 1 : _options.GrowFrom + (1 - _options.GrowFrom) * epoch / growing;
        return size == 1 ? this : new Augmenter(this, size);
    }

    /// <summary>Makes one crop.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="image">Receives the crop; Width x Height, of the sample's kind.</param>
    /// <param name="ids">Receives its ids; Width * Height.</param>
    /// <param name="range">What full scale is to the sample, where it is of floats.</param>
    public void Apply(Sample sample, SampleRandom random, RasterImage image, Span<byte> ids, ValueRange range = default)
    {
        SampleRandom sequence = random;
        CropWindow window = Aim(CropWindow.Draw(sample, Width, Height, _options, ref sequence), sample, random);
        ColorJitter jitter = ColorJitter.Draw(_options, ref sequence, random.Fork(RandomStream.Hue));
        if (image is RgbaImage rgba)
        {
            Draw(sample, window, random, new ByteCrop(sample, jitter, MemoryMarshal.Cast<byte, uint>(rgba.Pixels), _void), ids);
            Donors?.Apply(window, jitter, random.Fork(RandomStream.CopyPaste), rgba, ids, default);
            Defects.Apply(rgba, ids, _options, random, (_void, _ignore));
            return;
        }
        var deep = (DeepImage)image;
        float[] blank = range.IsOwn ? [.. Enumerable.Range(0, deep.Channels).Select(range.Middle)] : _deepVoid;
        Draw(sample, window, random, new DeepCrop(sample, jitter, range, deep.Values, blank), ids);
        Donors?.Apply(window, jitter, random.Fork(RandomStream.CopyPaste), deep, ids, range);
        DeepDefects.Apply(deep, ids, _options, random, range, (blank, _ignore));
    }

    private void Draw<T>(Sample sample, CropWindow window, SampleRandom random, T crop, Span<byte> ids)
        where T : struct, ICrop, allows ref struct
    {
        Tap[] taps = ArrayPool<Tap>.Shared.Rent(2 * Width);
        try
        {
            Span<Tap> columns = taps.AsSpan(0, Width), rows = taps.AsSpan(Width, Width);
            if (Warp.Draw(window, Width, Height, _options, random.Fork(RandomStream.Warp)) is { } warp)
            {
                for (int y = 0; y < Height; y++)
                {
                    warp.Row(y, sample.Width, sample.Height, columns, rows);
                    DrawRow(sample, columns, rows, crop, ids, y);
                }
                return;
            }
            // Without rotation a crop's rows are the sample's rows, or its columns: what a column reads is found once.
            for (int x = 0; x < Width; x++)
            {
                (double across, double down) = window.Source(x + 0.5, 0.5, Width, Height);
                columns[x] = window.SwapsSides ? Tap.At(down, sample.Height) : Tap.At(across, sample.Width);
            }
            for (int y = 0; y < Height; y++)
            {
                (double across, double down) = window.Source(0.5, y + 0.5, Width, Height);
                rows.Fill(window.SwapsSides ? Tap.At(across, sample.Width) : Tap.At(down, sample.Height));
                DrawRow(sample, window.SwapsSides ? rows : columns, window.SwapsSides ? columns : rows, crop, ids, y);
            }
        }
        finally
        {
            ArrayPool<Tap>.Shared.Return(taps);
        }
    }

    private CropWindow Aim(CropWindow window, Sample sample, SampleRandom random)
    {
        if (Rare is null)
        {
            return window;
        }
        SampleRandom own = random.Fork(RandomStream.Rare);
        return own.NextDouble() < _options.RareShare && Rare.PixelOf(sample, ref own) is { } pixel
            ? window.Around(pixel, sample, Width, Height)
            : window;
    }

    private void DrawRow<T>(Sample sample, ReadOnlySpan<Tap> columns, ReadOnlySpan<Tap> rows, T crop, Span<byte> ids, int y)
        where T : struct, ICrop, allows ref struct
    {
        for (int x = 0, pixel = y * Width; x < Width; x++, pixel++)
        {
            ids[pixel] = Draw(sample, columns[x], rows[x], crop, pixel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte Draw<T>(Sample sample, in Tap column, in Tap row, in T crop, int pixel)
        where T : struct, ICrop, allows ref struct
    {
        if (column.Nearest < 0 || row.Nearest < 0)
        {
            crop.Blank(pixel);
            return _ignore;
        }
        crop.Draw(pixel, column, row);
        return sample.Ids[row.Nearest * sample.Width + column.Nearest];
    }
}
