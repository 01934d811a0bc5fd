using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Enlargement of logits to the labels' size (bilinear, half-pixel centres) and <see cref="CrossEntropy"/>, value and gradient in one pass on
/// the CPU. The enlarged logits, their probabilities and gradients, each as large as the images times the classes, are never written to
/// memory, which is where torch's own functions for the same spend their time. Images are computed side by side and each in its rows'
/// order, so the number of threads changes nothing.
/// </summary>
internal sealed class EnlargedCrossEntropy
{
    // Lanes behind the last class: far enough below any logit for a probability of 0, near enough to stay finite when blended.
    private const float Below = -1e30f;
    // A sum of powers below this was shifted too far: between columns that are sure of different classes by more than 60.
    private const float Vanishing = 1e-26f;
    private readonly float[] _weights, _targets, _targetSums;
    private readonly byte _ignore;
    private readonly int _classes, _stride;

    /// <param name="weights">A weight a class.</param>
    /// <param name="ignore">The ignore index, not a class id.</param>
    /// <param name="smoothing">Share of the target spread over all classes, 0 to below 1.</param>
    public EnlargedCrossEntropy(float[] weights, byte ignore, double smoothing)
    {
        (_weights, _ignore, _classes) = (weights, ignore, weights.Length);
        int lanes = Vector<float>.Count;
        _stride = (_classes + lanes - 1) / lanes * lanes;
        // A pixel of class t costs sum_c target_t(c) * nll(c); its gradient is sum(target_t) * probability - target_t.
        _targets = new float[_classes * _stride];
        _targetSums = new float[_classes];
        for (int t = 0; t < _classes; t++)
        {
            for (int c = 0; c < _classes; c++)
            {
                _targets[t * _stride + c] = (float)(smoothing / _classes * weights[c] + (c == t ? (1 - smoothing) * weights[t] : 0));
            }
            _targetSums[t] = _targets.AsSpan(t * _stride, _stride).ToArray().Sum();
        }
    }

    /// <summary>Computes the loss.</summary>
    /// <param name="logits">float32 [N, C, h, w] on the CPU.</param>
    /// <param name="labels">uint8 [N, H, W] on the CPU: class ids and ignore indices.</param>
    /// <param name="whole">Makes the weight of all shares of the batch from that of this one; null: this is all.</param>
    /// <returns>A float32 scalar, in the caller's dispose scope.</returns>
    public Tensor Compute(Tensor logits, Tensor labels, Func<double, double>? whole = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = logits.detach().permute(0, 2, 3, 1).contiguous(), truth = labels.contiguous(), gradient = zeros_like(pixels);
        int images = (int)labels.shape[0];
        var parts = new (double Sum, double Weight)[images];
        var threads = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()) };
        Parallel.For(0, images, threads, n => parts[n] = Image(pixels, truth, gradient, n));
        double sum = parts.Sum(p => p.Sum), own = parts.Sum(p => p.Weight), weight = Math.Max(whole?.Invoke(own) ?? own, LossTerm.Tiny);
        // The sum of products with constants has the constants as its gradient; its value is then replaced by the loss's.
        Tensor carrier = (logits * gradient.div_(weight).permute(0, 3, 1, 2)).sum();
        return (carrier - carrier.detach() + sum / weight).MoveToOuterDisposeScope();
    }

    private (double Sum, double Weight) Image(Tensor logits, Tensor labels, Tensor gradient, int n)
    {
        int height = (int)labels.shape[1], width = (int)labels.shape[2], rows = (int)logits.shape[1], columns = (int)logits.shape[2];
        int rowSize = columns * _classes, image = rows * rowSize;
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(logits.bytes).Slice(n * image, image);
        Span<float> moves = MemoryMarshal.Cast<byte, float>(gradient.bytes).Slice(n * image, image);
        ReadOnlySpan<byte> ids = labels.bytes.Slice(n * height * width, height * width);
        // One column more than there are, so that the last one has a right neighbour: itself.
        int padded = (columns + 1) * _stride;
        float[] rented = ArrayPool<float>.Shared.Rent(2 * padded + columns + 1);
        Neighbours[] across = ArrayPool<Neighbours>.Shared.Rent(width);
        try
        {
            Span<float> row = rented.AsSpan(0, padded), moved = rented.AsSpan(padded, padded), peaks = rented.AsSpan(2 * padded, columns + 1);
            row.Fill(Below);
            for (int x = 0; x < width; x++)
            {
                across[x] = Neighbours.Of(x, width, columns);
            }
            double sum = 0, weight = 0;
            for (int y = 0; y < height; y++)
            {
                var down = Neighbours.Of(y, height, rows);
                int above = down.First * rowSize, below = Math.Min(down.First + 1, rows - 1) * rowSize;
                Blend(values.Slice(above, rowSize), values.Slice(below, rowSize), down.Share, row, peaks);
                moved.Clear();
                (double Sum, double Weight) part = Row(row, peaks, moved, across, ids.Slice(y * width, width));
                sum += part.Sum;
                weight += part.Weight;
                Spread(moved, 1 - down.Share, moves.Slice(above, rowSize));
                Spread(moved, down.Share, moves.Slice(below, rowSize));
            }
            return (sum, weight);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
            ArrayPool<Neighbours>.Shared.Return(across);
        }
    }

    /// <summary>A row of pixels.</summary>
    /// <param name="row">The logits, enlarged downwards: [columns + 1, stride].</param>
    /// <param name="peaks">The greatest of each column.</param>
    /// <param name="moved">The row's gradient is added here.</param>
    /// <param name="across">Where each pixel lies in it.</param>
    /// <param name="ids">The pixels' classes.</param>
    private (double Sum, double Weight) Row(
        ReadOnlySpan<float> row, ReadOnlySpan<float> peaks, Span<float> moved, ReadOnlySpan<Neighbours> across, ReadOnlySpan<byte> ids)
    {
        int vectors = _stride / Vector<float>.Count;
        Span<Vector<float>> powers = vectors <= 32 ? stackalloc Vector<float>[vectors] : new Vector<float>[vectors];
        ReadOnlySpan<Vector<float>> logits = MemoryMarshal.Cast<float, Vector<float>>(row), targets = MemoryMarshal.Cast<float, Vector<float>>(_targets);
        Span<Vector<float>> gradients = MemoryMarshal.Cast<float, Vector<float>>(moved);
        double sum = 0, weight = 0;
        for (int x = 0; x < ids.Length; x++)
        {
            int id = ids[x];
            if (id == _ignore)
            {
                continue;
            }
            (int first, float share) = across[x];
            ReadOnlySpan<Vector<float>> left = logits.Slice(first * vectors, vectors), right = logits.Slice((first + 1) * vectors, vectors);
            ReadOnlySpan<Vector<float>> target = targets.Slice(id * vectors, vectors);
            // Softmax is the same whatever is taken from all logits; a bound of the greatest one is at hand and nearly always near enough.
            float bound = peaks[first] + (peaks[first + 1] - peaks[first]) * share;
            (float all, float aimed) = Powers(left, right, share, bound, target, powers);
            if (!(all > Vanishing))
            {
                (all, aimed) = Powers(left, right, share, Largest(left, right, share), target, powers);
            }
            sum += _targetSums[id] * MathF.Log(all) - aimed;
            weight += _weights[id];
            float scale = _targetSums[id] / all;
            Span<Vector<float>> leftMove = gradients.Slice(first * vectors, vectors), rightMove = gradients.Slice((first + 1) * vectors, vectors);
            for (int v = 0; v < powers.Length; v++)
            {
                Vector<float> move = powers[v] * scale - target[v], part = move * share;
                leftMove[v] += move - part;
                rightMove[v] += part;
            }
        }
        return (sum, weight);
    }

    /// <summary>The powers of the logits less a shift, their sum, and the mean of what is raised, weighed by the target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float All, float Aimed) Powers(ReadOnlySpan<Vector<float>> left, ReadOnlySpan<Vector<float>> right, float share, float shift,
        ReadOnlySpan<Vector<float>> target, Span<Vector<float>> powers)
    {
        Vector<float> total = default, aimed = default;
        for (int v = 0; v < powers.Length; v++)
        {
            Vector<float> shifted = left[v] + (right[v] - left[v]) * share - new Vector<float>(shift);
            aimed += target[v] * shifted;
            powers[v] = Vector.Exp(shifted);
            total += powers[v];
        }
        return (Vector.Sum(total), Vector.Sum(aimed));
    }

    private static float Largest(ReadOnlySpan<Vector<float>> left, ReadOnlySpan<Vector<float>> right, float share)
    {
        float largest = Below;
        for (int v = 0; v < left.Length; v++)
        {
            Vector<float> logits = left[v] + (right[v] - left[v]) * share;
            for (int i = 0; i < Vector<float>.Count; i++)
            {
                largest = MathF.Max(largest, logits[i]);
            }
        }
        return largest;
    }

    /// <summary>The row between two rows of logits, [columns, C] each, into [columns + 1, stride], and each column's greatest.</summary>
    private void Blend(ReadOnlySpan<float> above, ReadOnlySpan<float> below, float share, Span<float> row, Span<float> peaks)
    {
        int columns = above.Length / _classes;
        for (int x = 0; x < columns; x++)
        {
            ReadOnlySpan<float> upper = above.Slice(x * _classes, _classes), lower = below.Slice(x * _classes, _classes);
            Span<float> between = row.Slice(x * _stride, _classes);
            float peak = Below;
            for (int c = 0; c < between.Length; c++)
            {
                between[c] = upper[c] + share * (lower[c] - upper[c]);
                peak = MathF.Max(peak, between[c]);
            }
            peaks[x] = peak;
        }
        peaks[columns] = peaks[columns - 1];
        row.Slice((columns - 1) * _stride, _stride).CopyTo(row[(columns * _stride)..]);
    }

    /// <summary>The transpose of <see cref="Blend"/>: a share of [columns + 1, stride] is added to [columns, C].</summary>
    private void Spread(ReadOnlySpan<float> moved, float share, Span<float> moves)
    {
        int columns = moves.Length / _classes;
        for (int x = 0; x <= columns; x++)
        {
            ReadOnlySpan<float> from = moved.Slice(x * _stride, _classes);
            Span<float> to = moves.Slice(Math.Min(x, columns - 1) * _classes, _classes);
            for (int c = 0; c < from.Length; c++)
            {
                to[c] += share * from[c];
            }
        }
    }

    /// <summary>The place of an enlarged pixel among the coarse ones: between the first and its follower, a share of the way.</summary>
    private readonly record struct Neighbours(int First, float Share)
    {
        public static Neighbours Of(int pixel, int fine, int coarse)
        {
            double place = Math.Clamp((pixel + 0.5) * coarse / fine - 0.5, 0, coarse - 1);
            return new Neighbours((int)place, (float)(place - Math.Floor(place)));
        }
    }
}
