using SegML.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Data;

/// <summary>Changes a batch's samples by each other: rectangles (CutMix) and the amplitudes of their frequencies.</summary>
internal sealed class BatchMixing
{
    private readonly AugmentationOptions _options;
    private readonly InputOptions _input;
    private readonly int _seed;

    private BatchMixing(AugmentationOptions options, InputOptions input, int seed) => (_options, _input, _seed) = (options, input, seed);

    /// <summary>What a pipeline asks for; null: nothing.</summary>
    public static BatchMixing? Of(Pipeline pipeline) => pipeline.Training.Augmentation is { CutMix: > 0 } or { AmplitudeMix: > 0 }
        ? new BatchMixing(pipeline.Training.Augmentation, pipeline.Input, pipeline.Training.Seed) : null;

    /// <summary>Mixes.</summary>
    /// <param name="images">[N, C, H, W], normalised; stays as it is.</param>
    /// <param name="labels">uint8 [N, H, W]; stays as it is.</param>
    /// <param name="iteration">Iterations done in the whole run: with the seed it decides everything.</param>
    /// <returns>Of the same shapes, the images channels last in memory; the caller owns them.</returns>
    public (Tensor Images, Tensor Labels) Apply(Tensor images, Tensor labels, int iteration)
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new SampleRandom(_seed, iteration, 0);
        int count = (int)images.shape[0];
        Tensor mixedImages = images.alias(), mixedLabels = labels.alias();
        if (count > 1)
        {
            SampleRandom amplitudes = random.Fork(RandomStream.AmplitudeMix), rectangles = random.Fork(RandomStream.CutMix);
            mixedImages = _options.AmplitudeMix > 0 ? MixAmplitudes(mixedImages, ref amplitudes) : mixedImages;
            (mixedImages, mixedLabels) = _options.CutMix > 0 ? Cut(mixedImages, mixedLabels, ref rectangles) : (mixedImages, mixedLabels);
        }
        // In this order of memory convolutions are trained.
        Tensor ordered = mixedImages.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        return (ordered.MoveToOuterDisposeScope(), mixedLabels.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// A sample keeps the phases of its frequencies, which hold its shapes, and gets a share of another's amplitudes, which hold light, colour and texture (Xu et al. 2021,
    /// https://arxiv.org/abs/2105.11120).
    /// </summary>
    private Tensor MixAmplitudes(Tensor images, ref SampleRandom random)
    {
        int count = (int)images.shape[0], shift = Shift(count, ref random);
        var shares = new float[count];
        for (int i = 0; i < count; i++)
        {
            shares[i] = (float)random.Between(0, _options.AmplitudeMix);
        }
        bool byImage = _input.IsNormalizedByImage;
        Tensor mean = tensor(byImage ? new float[] { 0 } : [.. _input.Mean], device: images.device).reshape(1, -1, 1, 1);
        Tensor std = tensor(byImage ? new float[] { 1 } : [.. _input.Std], device: images.device).reshape(1, -1, 1, 1);
        Tensor pixels = images * std + mean, waves = fft.fft2(pixels), amplitudes = waves.abs();
        Tensor share = tensor(shares, device: images.device).reshape(-1, 1, 1, 1);
        Tensor wanted = amplitudes * (1 - share) + amplitudes.roll(shift, 0) * share;
        Tensor mixed = fft.ifft2(waves * (wanted / amplitudes.clamp_min(1e-8))).real;
        // No value beyond those that the batch has.
        Tensor least = pixels.amin([0, 2, 3], keepdim: true), greatest = pixels.amax([0, 2, 3], keepdim: true);
        return (mixed.maximum(least).minimum(greatest) - mean) / std;
    }

    /// <summary>
    /// A sample gets a rectangle of another, with its labels (Yun et al. 2019, https://arxiv.org/abs/1905.04899): its share of the area is uniform in 0 to 1, its centre uniform on
    /// the sample, beyond whose edges it is cut off.
    /// </summary>
    private (Tensor Images, Tensor Labels) Cut(Tensor images, Tensor labels, ref SampleRandom random)
    {
        (int count, int height, int width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        int shift = Shift(count, ref random);
        Tensor cutImages = images.clone(), cutLabels = labels.clone();
        for (int i = 0; i < count; i++)
        {
            bool happens = random.NextDouble() < _options.CutMix;
            double side = Math.Sqrt(random.NextDouble());
            (int top, int bottom) = Range(height, side, random.NextDouble());
            (int left, int right) = Range(width, side, random.NextDouble());
            if (happens && bottom > top && right > left)
            {
                int other = (i - shift + count) % count;
                TensorIndex rows = TensorIndex.Slice(top, bottom), columns = TensorIndex.Slice(left, right);
                cutImages[i, TensorIndex.Colon, rows, columns] = images[other, TensorIndex.Colon, rows, columns];
                cutLabels[i, rows, columns] = labels[other, rows, columns];
            }
        }
        return (cutImages, cutLabels);
    }

    // Whose turn it is to give: the sample so many places before.
    private static int Shift(int count, ref SampleRandom random) => 1 + (int)(random.NextDouble() * (count - 1));

    private static (int From, int To) Range(int length, double share, double center)
    {
        int half = (int)Math.Round(length * share / 2), middle = (int)(center * length);
        return (Math.Max(0, middle - half), Math.Min(length, middle + half));
    }
}
