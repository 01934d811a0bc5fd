using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegML.Scoring;

/// <summary>Reads a network's output. Validation during training and scoring both call it.</summary>
public static class Logits
{
    /// <summary>
    /// Picks each pixel's class: the one with the greatest logit, the first of equals. When the sizes differ, logits are
    /// interpolated bilinearly at half-pixel centres (ONNX Resize's half_pixel, PyTorch's align_corners=False) and the
    /// class is picked at the output's size, without ever holding the enlarged logits.
    /// </summary>
    /// <param name="logits">One image's logits, [C, H, W].</param>
    /// <param name="classes">C, 1 to 255.</param>
    /// <param name="height">H, the logits' height.</param>
    /// <param name="width">W, the logits' width.</param>
    /// <param name="ids">Receives <paramref name="outHeight"/> * <paramref name="outWidth"/> class ids, row by row.</param>
    /// <param name="outHeight">The mask's height.</param>
    /// <param name="outWidth">The mask's width.</param>
    /// <exception cref="ArgumentException">A span's length does not fit its sizes.</exception>
    public static void ArgMax(
        ReadOnlySpan<float> logits, int classes, int height, int width, Span<byte> ids, int outHeight, int outWidth)
    {
        Check(logits, classes, height, width, outHeight, outWidth);
        if (ids.Length != (long)outHeight * outWidth)
        {
            throw new ArgumentException($"{outWidth}x{outHeight} takes {(long)outHeight * outWidth} ids, not {ids.Length}", nameof(ids));
        }
        if (height == outHeight && width == outWidth)
        {
            ArgMax(logits, classes, ids);
            return;
        }
        byte[] corners = Rented.Rent<byte>(height * width);
        try
        {
            Span<byte> cornerIds = corners.AsSpan(0, height * width);
            ArgMax(logits, classes, cornerIds);
            ResizedArgMax.Run(logits, classes, height, width, cornerIds, ids, outHeight, outWidth);
        }
        finally
        {
            Rented.Return(corners);
        }
    }

    /// <summary>Turns logits into probabilities: exp(logit) over the classes' sum, at each pixel.</summary>
    /// <param name="logits">One image's logits, [C, H, W].</param>
    /// <param name="classes">C, at least 1.</param>
    /// <param name="scores">Receives as many probabilities, in the same order; may be <paramref name="logits"/> itself.</param>
    /// <exception cref="ArgumentException">A span's length does not fit.</exception>
    public static void Softmax(ReadOnlySpan<float> logits, int classes, Span<float> scores)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (logits.Length % classes != 0 || scores.Length != logits.Length)
        {
            throw new ArgumentException($"{logits.Length} logits of {classes.Of("class")} do not fill {scores.Length} scores", nameof(scores));
        }
        int pixels = logits.Length / classes;
        logits.CopyTo(scores);
        ResizedSoftmax.Normalise(scores, pixels, classes, pixels);
    }

    /// <summary>
    /// Turns logits into probabilities at another size: logits are interpolated as <c>ArgMax</c> does, then exp, then the
    /// classes' shares. A pixel's greatest probability is that of the class that <c>ArgMax</c> picks, except where two logits
    /// are equal to within float's rounding.
    /// </summary>
    /// <param name="logits">One image's logits, [C, H, W].</param>
    /// <param name="classes">C, 1 to 255.</param>
    /// <param name="height">H, the logits' height.</param>
    /// <param name="width">W, the logits' width.</param>
    /// <param name="scores">Receives [C, <paramref name="outHeight"/>, <paramref name="outWidth"/>] probabilities. Not the logits themselves.</param>
    /// <param name="outHeight">The scores' height.</param>
    /// <param name="outWidth">The scores' width.</param>
    /// <exception cref="ArgumentException">A span's length does not fit its sizes.</exception>
    public static void Softmax(
        ReadOnlySpan<float> logits, int classes, int height, int width, Span<float> scores, int outHeight, int outWidth)
    {
        Check(logits, classes, height, width, outHeight, outWidth);
        if (scores.Length != (long)classes * outHeight * outWidth)
        {
            throw new ArgumentException(
                $"[{classes}, {outHeight}, {outWidth}] takes {(long)classes * outHeight * outWidth} scores, not {scores.Length}", nameof(scores));
        }
        if (height == outHeight && width == outWidth)
        {
            Softmax(logits, classes, scores);
            return;
        }
        ResizedSoftmax.Run(logits, classes, height, width, scores, outHeight, outWidth);
    }

    private static void Check(ReadOnlySpan<float> logits, int classes, int height, int width, int outHeight, int outWidth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, 255);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(height, width), 1, nameof(height));
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(outHeight, outWidth), 1, nameof(outHeight));
        if (logits.Length != (long)classes * height * width)
        {
            throw new ArgumentException($"[{classes}, {height}, {width}] takes {(long)classes * height * width} logits, not {logits.Length}", nameof(logits));
        }
    }

    private static void ArgMax(ReadOnlySpan<float> logits, int classes, Span<byte> ids)
    {
        int pixels = ids.Length, i = 0, step = Vector256<float>.Count;
        ref float first = ref MemoryMarshal.GetReference(logits);
        ref byte to = ref MemoryMarshal.GetReference(ids);
        for (; i <= pixels - 4 * step; i += 4 * step)
        {
            Vector256<int> a = ArgMax8(ref first, (nuint)i, pixels, classes);
            Vector256<int> b = ArgMax8(ref first, (nuint)(i + step), pixels, classes);
            Vector256<int> c = ArgMax8(ref first, (nuint)(i + 2 * step), pixels, classes);
            Vector256<int> d = ArgMax8(ref first, (nuint)(i + 3 * step), pixels, classes);
            Vector256.Narrow(Vector256.Narrow(a, b).AsUInt16(), Vector256.Narrow(c, d).AsUInt16()).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < pixels; i++)
        {
            float best = logits[i];
            int id = 0;
            for (int c = 1; c < classes; c++)
            {
                float value = logits[c * pixels + i];
                if (value > best)
                {
                    best = value;
                    id = c;
                }
            }
            ids[i] = (byte)id;
        }
    }

    private static Vector256<int> ArgMax8(ref float first, nuint at, int pixels, int classes)
    {
        Vector256<float> best = Vector256.LoadUnsafe(ref first, at);
        Vector256<int> id = Vector256<int>.Zero;
        for (int c = 1; c < classes; c++)
        {
            at += (nuint)pixels;
            Vector256<float> value = Vector256.LoadUnsafe(ref first, at);
            Vector256<float> greater = Vector256.GreaterThan(value, best);
            best = Vector256.ConditionalSelect(greater, value, best);
            id = Vector256.ConditionalSelect(greater.AsInt32(), Vector256.Create(c), id);
        }
        return id;
    }
}
