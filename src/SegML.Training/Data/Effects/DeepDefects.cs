using System.Buffers;
using System.Numerics.Tensors;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Training.Data.Effects;

/// <summary>
/// What goes wrong between the light and the file of an image of floats: tone curve, blur, noise, and something in the way. Shadows and JPEG are
/// matters of photos, which are of bytes. What is drawn is what would be drawn for bytes.
/// </summary>
internal static class DeepDefects
{
    /// <summary>Applies those that are drawn, in place.</summary>
    /// <param name="image">The crop.</param>
    /// <param name="ids">Its ids; cut out ones become ignored.</param>
    /// <param name="options">What is drawn.</param>
    /// <param name="random">Decides everything; each defect takes a sequence of its own.</param>
    /// <param name="range">What full scale is.</param>
    /// <param name="blank">The values and the id of what is cut out.</param>
    public static void Apply(DeepImage image, Span<byte> ids, AugmentationOptions options, SampleRandom random, ValueRange range, (float[] Values, byte Id) blank)
    {
        if (options.Gamma > 0)
        {
            SampleRandom gamma = random.Fork(RandomStream.Gamma);
            Curve(image, Math.Pow(1 + options.Gamma, gamma.Between(-1, 1)), range);
        }
        if (Happens(options.Blur, RandomStream.Blur, out SampleRandom blur))
        {
            Blur(image, blur.Between(0, options.Blur));
        }
        if (Happens(options.Noise, RandomStream.Noise, out SampleRandom noise))
        {
            AddNoise(image, noise.Between(0, options.Noise), ref noise, range);
        }
        if (Happens(options.Cutout, RandomStream.Cutout, out SampleRandom cutout))
        {
            CutOut(image, ids, options.Cutout, ref cutout, blank);
        }

        bool Happens(double strength, RandomStream stream, out SampleRandom own)
        {
            own = random.Fork(stream);
            return strength > 0 && own.NextDouble() < options.DefectShare;
        }
    }

    // Below and above full scale a value stays: a power of it would be none, or anything.
    private static void Curve(DeepImage image, double power, ValueRange range)
    {
        Span<float> values = image.Values;
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i % image.Channels;
            double share = range.ToLevel(values[i], channel) / 255;
            if (share is > 0 and < 1)
            {
                values[i] = range.ToValue((float)(255 * Math.Pow(share, power)), channel);
            }
        }
    }

    private static void Blur(DeepImage image, double sigma)
    {
        int radius = (int)Math.Ceiling(3 * sigma), channels = image.Channels, length = image.Width * channels;
        if (radius == 0)
        {
            return;
        }
        float[] weights = [.. Enumerable.Range(-radius, 2 * radius + 1).Select(i => (float)Math.Exp(-0.5 * i * i / (sigma * sigma)))];
        TensorPrimitives.Divide(weights, TensorPrimitives.Sum<float>(weights), weights);
        float[] across = ArrayPool<float>.Shared.Rent(length * image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<float> row = image.Row(y);
            Span<float> to = across.AsSpan(y * length, length);
            for (int i = 0; i < length; i++)
            {
                float sum = 0;
                for (int k = -radius; k <= radius; k++)
                {
                    sum += weights[k + radius] * row[Math.Clamp(i / channels + k, 0, image.Width - 1) * channels + i % channels];
                }
                to[i] = sum;
            }
        }
        for (int y = 0; y < image.Height; y++)
        {
            Span<float> to = image.Row(y);
            to.Clear();
            for (int k = -radius; k <= radius; k++)
            {
                TensorPrimitives.MultiplyAdd(across.AsSpan(Math.Clamp(y + k, 0, image.Height - 1) * length, length), weights[k + radius], to, to);
            }
        }
        ArrayPool<float>.Shared.Return(across);
    }

    // Box and Muller 1958.
    private static void AddNoise(DeepImage image, double deviation, ref SampleRandom random, ValueRange range)
    {
        Span<float> values = image.Values;
        for (int i = 0; i < values.Length; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            values[i] += (float)(normal * deviation * range.Length(i % image.Channels));
        }
    }

    private static void CutOut(DeepImage image, Span<byte> ids, double greatest, ref SampleRandom random, (float[] Values, byte Id) blank)
    {
        (int left, int top, int width, int height) = Cutout.Draw(image.Width, image.Height, greatest, ref random);
        for (int y = top; y < top + height; y++)
        {
            ids.Slice(y * image.Width + left, width).Fill(blank.Id);
            for (int x = left; x < left + width; x++)
            {
                blank.Values.CopyTo(image.Row(y)[(x * image.Channels)..]);
            }
        }
    }
}
