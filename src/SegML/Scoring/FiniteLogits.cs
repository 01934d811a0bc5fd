using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegML.Scoring;

/// <summary>
/// Sees to it that logits are numbers. The comparisons that pick a class are all false for NaN, and an infinity turns its neighbours into
/// NaN when logits are interpolated: without this, both would become masks of some class, and nobody would know.
/// </summary>
internal static class FiniteLogits
{
    // Far beyond every real logit, far enough from float's limits to be interpolated and exponentiated.
    private const float Most = 1e30f;

    /// <summary>Says what is wrong with values: "3 NaN and 1 infinite of 64"; null: nothing.</summary>
    public static string? Fault(ReadOnlySpan<float> values)
    {
        if (AreFinite(values))
        {
            return null;
        }
        int nan = 0, infinite = 0;
        foreach (float value in values)
        {
            nan += float.IsNaN(value) ? 1 : 0;
            infinite += float.IsInfinity(value) ? 1 : 0;
        }
        return $"{nan} NaN and {infinite} infinite of {values.Length}";
    }

    /// <summary>Replaces NaN by the least logit there is, and infinities by the least and the greatest.</summary>
    public static void Clamp(Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = float.IsNaN(values[i]) ? -Most : Math.Clamp(values[i], -Most, Most);
        }
    }

    /// <summary>Whether all values are numbers.</summary>
    public static bool AreFinite(ReadOnlySpan<float> values)
    {
        // NaN and infinities are the values whose exponent bits are all set.
        Vector256<int> exponent = Vector256.Create(0x7F800000);
        ref float first = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i <= values.Length - Vector256<int>.Count; i += Vector256<int>.Count)
        {
            if (Vector256.EqualsAny(Vector256.LoadUnsafe(ref first, (nuint)i).AsInt32() & exponent, exponent))
            {
                return false;
            }
        }
        for (; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return false;
            }
        }
        return true;
    }
}
