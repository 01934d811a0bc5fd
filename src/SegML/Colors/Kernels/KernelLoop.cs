using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors.Kernels;

/// <summary>Runs a kernel over pixels. The last few go through the same instructions, in a buffer of eight.</summary>
/// <typeparam name="T">The kernel: a struct, so that each has compiled code of its own.</typeparam>
internal sealed class KernelLoop<T> : ColorLoop
    where T : struct, IColorKernel
{
    private const int Step = 8;

    // A constant to compiled code, as is all else that does not change.
    private static readonly int Count = T.Channels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<ColorChannel> Channels { get; } = T.Channels;

    /// <inheritdoc/>
    public override void ToPlanes(ReadOnlySpan<uint> rgba, Span<float> planes, int stride)
    {
        // The loop writes past what spans check, so this one check holds for all of it.
        ArgumentOutOfRangeException.ThrowIfLessThan(planes.Length, (Count - 1) * stride + rgba.Length, nameof(planes));
        ref uint from = ref MemoryMarshal.GetReference(rgba);
        ref float to = ref MemoryMarshal.GetReference(planes);
        int i = 0;
        for (; i <= rgba.Length - Step; i += Step)
        {
            Store(T.FromRgb(Load(Vector256.LoadUnsafe(ref from, (nuint)i))), ref Unsafe.Add(ref to, i), stride);
        }
        int rest = rgba.Length - i;
        if (rest > 0)
        {
            Span<uint> pixels = stackalloc uint[Step];
            Span<float> values = stackalloc float[4 * Step];
            pixels.Clear();
            rgba[i..].CopyTo(pixels);
            Store(T.FromRgb(Load(Vector256.Create<uint>(pixels))), ref values[0], Step);
            for (int c = 0; c < Count; c++)
            {
                values.Slice(c * Step, rest).CopyTo(planes[(c * stride + i)..]);
            }
        }
    }

    /// <inheritdoc/>
    public override void ToPlanes(ReadOnlySpan<float> rgb, int from, int count, Span<float> planes, int stride)
    {
        Span<float> values = stackalloc float[4 * Step];
        for (int i = 0; i < count; i += Step)
        {
            int some = Math.Min(Step, count - i);
            values.Clear();
            for (int c = 0; c < 3; c++)
            {
                rgb.Slice(c * from + i, some).CopyTo(values[(c * Step)..]);
            }
            Store(T.FromRgb(new Lanes(Scaled(values), Scaled(values[Step..]), Scaled(values[(2 * Step)..]))), ref values[0], Step);
            for (int c = 0; c < Count; c++)
            {
                values.Slice(c * Step, some).CopyTo(planes[(c * stride + i)..]);
            }
        }

        static Vector256<float> Scaled(ReadOnlySpan<float> shares) =>
            T.IsLinear ? SrgbCurve.Decode(shares[..Step]) : Vector256.Create(shares) * 255f;
    }

    /// <inheritdoc/>
    public override void ToPixels(ReadOnlySpan<float> planes, Span<uint> rgba)
    {
        int stride = rgba.Length, i = 0;
        ArgumentOutOfRangeException.ThrowIfLessThan(planes.Length, Count * stride, nameof(planes));
        for (; i <= rgba.Length - Step; i += Step)
        {
            Pack(T.ToRgb(Load(planes[i..], stride)), rgba.Slice(i, Step));
        }
        int rest = rgba.Length - i;
        if (rest > 0)
        {
            Span<uint> pixels = stackalloc uint[Step];
            Span<float> values = stackalloc float[4 * Step];
            values.Clear();
            for (int c = 0; c < Count; c++)
            {
                planes.Slice(c * stride + i, rest).CopyTo(values[(c * Step)..]);
            }
            Pack(T.ToRgb(Load(values, Step)), pixels);
            pixels[..rest].CopyTo(rgba[i..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Load(Vector256<uint> pixels)
    {
        Vector256<uint> low = Vector256.Create(0xFFu);
        Vector256<int> red = (pixels & low).AsInt32(), green = ((pixels >>> 8) & low).AsInt32(), blue = ((pixels >>> 16) & low).AsInt32();
        return T.IsLinear
            ? new Lanes(SrgbCurve.Decode(red), SrgbCurve.Decode(green), SrgbCurve.Decode(blue))
            : new Lanes(Vector256.ConvertToSingle(red), Vector256.ConvertToSingle(green), Vector256.ConvertToSingle(blue));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Load(ReadOnlySpan<float> planes, int stride) => new(
        Vector256.Create(planes),
        Count > 1 ? Vector256.Create(planes[stride..]) : default,
        Count > 2 ? Vector256.Create(planes[(2 * stride)..]) : default,
        Count > 3 ? Vector256.Create(planes[(3 * stride)..]) : default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Lanes color, ref float to, int stride)
    {
        color.A.StoreUnsafe(ref to);
        if (Count > 1)
        {
            color.B.StoreUnsafe(ref to, (nuint)stride);
            color.C.StoreUnsafe(ref to, (nuint)stride * 2);
        }
        if (Count > 3)
        {
            color.D.StoreUnsafe(ref to, (nuint)stride * 3);
        }
    }

    private static void Pack(Lanes rgb, Span<uint> pixels)
    {
        if (T.IsLinear)
        {
            for (int i = 0; i < Step; i++)
            {
                pixels[i] = SrgbCurve.Encode(rgb.A[i]) | (uint)SrgbCurve.Encode(rgb.B[i]) << 8 | (uint)SrgbCurve.Encode(rgb.C[i]) << 16 | 0xFF000000;
            }
            return;
        }
        (Byte(rgb.A) | Byte(rgb.B) << 8 | Byte(rgb.C) << 16 | Vector256.Create(0xFF000000)).CopyTo(pixels);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Byte(Vector256<float> value)
    {
        Vector256<float> inside = Vector256.Min(Vector256.Max(value, Vector256<float>.Zero), Vector256.Create(255f));
        return Vector256.ConvertToInt32(inside + Vector256.Create(0.5f)).AsUInt32();
    }
}
