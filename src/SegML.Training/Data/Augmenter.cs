using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Makes a training crop from a sample: scale, crop, flip and colour in one pass over the crop's pixels. Image bilinear,
/// mask nearest, at the same half-pixel coordinates.
/// </summary>
internal sealed class Augmenter
{
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

    /// <summary>The crop's width in pixels.</summary>
    public int Width { get; }

    /// <summary>The crop's height in pixels.</summary>
    public int Height { get; }

    /// <summary>Makes one crop.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="image">Receives the crop; Width x Height.</param>
    /// <param name="ids">Receives its ids; Width * Height.</param>
    public void Apply(Sample sample, SampleRandom random, RgbaImage image, Span<byte> ids)
    {
        CropWindow window = CropWindow.Draw(sample, Width, Height, _options, ref random);
        ColorJitter jitter = ColorJitter.Draw(_options, ref random);
        Tap[] columns = ArrayPool<Tap>.Shared.Rent(Width);
        try
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
                Draw(sample, row, columns.AsSpan(0, Width), jitter, pixels, rowIds);
            }
        }
        finally
        {
            ArrayPool<Tap>.Shared.Return(columns);
        }
    }

    private void Draw(Sample sample, Tap row, ReadOnlySpan<Tap> columns, ColorJitter jitter, Span<uint> pixels, Span<byte> ids)
    {
        ReadOnlySpan<uint> source = MemoryMarshal.Cast<byte, uint>(sample.Rgba);
        ReadOnlySpan<uint> top = source.Slice(row.First * sample.Width, sample.Width);
        ReadOnlySpan<uint> bottom = source.Slice(row.Second * sample.Width, sample.Width);
        ReadOnlySpan<byte> truth = sample.Ids.AsSpan(row.Nearest * sample.Width, sample.Width);
        for (int x = 0; x < columns.Length; x++)
        {
            ref readonly Tap column = ref columns[x];
            if (column.Nearest < 0)
            {
                pixels[x] = _void;
                ids[x] = _ignore;
                continue;
            }
            Vector128<float> upper = Mix(Floats(top[column.First]), Floats(top[column.Second]), column.Share);
            Vector128<float> lower = Mix(Floats(bottom[column.First]), Floats(bottom[column.Second]), column.Share);
            pixels[x] = Bytes(jitter.Apply(Mix(upper, lower, row.Share)));
            ids[x] = truth[column.Nearest];
        }
    }

    private static Vector128<float> Mix(Vector128<float> a, Vector128<float> b, float share) => a + (b - a) * share;

    private static Vector128<float> Floats(uint pixel)
    {
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalar(pixel).AsByte());
        return Vector128.ConvertToSingle(Vector128.WidenLower(words).AsInt32());
    }

    private static uint Bytes(Vector128<float> pixel)
    {
        Vector128<float> inRange = Vector128.Min(Vector128.Max(pixel, Vector128<float>.Zero), Vector128.Create(255f));
        Vector128<uint> whole = Vector128.ConvertToInt32(inRange + Vector128.Create(0.5f)).AsUInt32();
        return Vector128.Narrow(Vector128.Narrow(whole, whole), Vector128<ushort>.Zero).AsUInt32().ToScalar();
    }

    /// <summary>Where one output coordinate reads: two source pixels, the second's share, and the nearest (-1: outside).</summary>
    private readonly record struct Tap(int First, int Second, float Share, int Nearest)
    {
        public static Tap At(double position, int size)
        {
            double nearest = Math.Floor(position);
            if (nearest < 0 || nearest >= size)
            {
                return new Tap(0, 0, 0, -1);
            }
            double corner = Math.Clamp(position - 0.5, 0, size - 1);
            int first = (int)corner;
            return new Tap(first, Math.Min(first + 1, size - 1), (float)(corner - first), (int)nearest);
        }
    }
}
