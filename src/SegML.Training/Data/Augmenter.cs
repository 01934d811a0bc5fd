using System.Buffers;
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
        _void = input.ColorSpace switch
        {
            ColorSpace.Rgb => Opaque(input.Mean[0], input.Mean[1], input.Mean[2]),
            ColorSpace.Bgr => Opaque(input.Mean[2], input.Mean[1], input.Mean[0]),
            _ => Opaque(0.5f, 0.5f, 0.5f),
        };

        static uint Opaque(float red, float green, float blue) => Byte(red) | Byte(green) << 8 | Byte(blue) << 16 | 0xFF000000;

        static uint Byte(float share) => (uint)Math.Clamp(MathF.Round(255 * share), 0, 255);
    }

    private Augmenter(Augmenter full, double size)
    {
        (_void, _ignore, Rare, Donors) = (full._void, full._ignore, full.Rare, full.Donors);
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
    /// <exception cref="PipelineFormatException">A rare class is not among the pipeline's.</exception>
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
    /// <param name="image">Receives the crop; Width x Height.</param>
    /// <param name="ids">Receives its ids; Width * Height.</param>
    public void Apply(Sample sample, SampleRandom random, RgbaImage image, Span<byte> ids)
    {
        SampleRandom sequence = random;
        CropWindow window = Aim(CropWindow.Draw(sample, Width, Height, _options, ref sequence), sample, random);
        ColorJitter jitter = ColorJitter.Draw(_options, ref sequence, random.Fork(RandomStream.Hue));
        Tap[] columns = ArrayPool<Tap>.Shared.Rent(2 * Width);
        try
        {
            if (Warp.Draw(window, Width, Height, _options, random.Fork(RandomStream.Warp)) is { } warp)
            {
                DrawWarped(sample, warp, jitter, image, ids, columns.AsSpan(0, Width), columns.AsSpan(Width, Width));
            }
            else
            {
                DrawUpright(sample, window, jitter, image, ids, columns.AsSpan(0, Width));
            }
        }
        finally
        {
            ArrayPool<Tap>.Shared.Return(columns);
        }
        Donors?.Apply(window, jitter, random.Fork(RandomStream.CopyPaste), image, ids);
        Defects.Apply(image, ids, _options, random, (_void, _ignore));
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

    // Without rotation a crop's rows are the sample's: what a column reads is found once.
    private void DrawUpright(Sample sample, CropWindow window, ColorJitter jitter, RgbaImage image, Span<byte> ids, Span<Tap> columns)
    {
        for (int x = 0; x < Width; x++)
        {
            int shown = window.Flip ? Width - 1 - x : x;
            columns[x] = Tap.At((shown + 0.5) / window.Scale + window.Left, sample.Width);
        }
        for (int y = 0; y < Height; y++)
        {
            Tap row = Tap.At((y + 0.5) / window.Scale + window.Top, sample.Height);
            Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Row(y));
            Span<byte> rowIds = ids.Slice(y * Width, Width);
            if (row.Nearest < 0)
            {
                pixels.Fill(_void);
                rowIds.Fill(_ignore);
                continue;
            }
            DrawRow(sample, row, columns, jitter, pixels, rowIds);
        }
    }

    private void DrawRow(Sample sample, Tap row, ReadOnlySpan<Tap> columns, ColorJitter jitter, Span<uint> pixels, Span<byte> ids)
    {
        ReadOnlySpan<uint> source = Bilinear.Pixels(sample.Rgba);
        ReadOnlySpan<byte> truth = sample.Ids.Slice(row.Nearest * sample.Width, sample.Width);
        for (int x = 0; x < columns.Length; x++)
        {
            ref readonly Tap column = ref columns[x];
            if (column.Nearest < 0)
            {
                pixels[x] = _void;
                ids[x] = _ignore;
                continue;
            }
            pixels[x] = Bilinear.Bytes(jitter.Apply(Bilinear.At(source, sample.Width, column, row)));
            ids[x] = truth[column.Nearest];
        }
    }

    private void DrawWarped(
        Sample sample, Warp warp, ColorJitter jitter, RgbaImage image, Span<byte> ids, Span<Tap> columns, Span<Tap> rows)
    {
        ReadOnlySpan<uint> source = Bilinear.Pixels(sample.Rgba);
        ReadOnlySpan<byte> truth = sample.Ids;
        for (int y = 0; y < Height; y++)
        {
            warp.Row(y, sample.Width, sample.Height, columns, rows);
            Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Row(y));
            Span<byte> rowIds = ids.Slice(y * Width, Width);
            for (int x = 0; x < Width; x++)
            {
                ref readonly Tap column = ref columns[x];
                ref readonly Tap row = ref rows[x];
                if (column.Nearest < 0 || row.Nearest < 0)
                {
                    pixels[x] = _void;
                    rowIds[x] = _ignore;
                    continue;
                }
                pixels[x] = Bilinear.Bytes(jitter.Apply(Bilinear.At(source, sample.Width, column, row)));
                rowIds[x] = truth[row.Nearest * sample.Width + column.Nearest];
            }
        }
    }
}
