using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegML.Training.Data;

/// <summary>Pixels as four floats, and what lies between them.</summary>
internal static class Bilinear
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Mix(Vector128<float> a, Vector128<float> b, float share) => a + (b - a) * share;

    /// <summary>R G B A in memory order as floats of 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Floats(uint pixel)
    {
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalar(pixel).AsByte());
        return Vector128.ConvertToSingle(Vector128.WidenLower(words).AsInt32());
    }

    /// <summary>The reverse of <see cref="Floats"/>: clamped and rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bytes(Vector128<float> pixel)
    {
        Vector128<float> inRange = Vector128.Min(Vector128.Max(pixel, Vector128<float>.Zero), Vector128.Create(255f));
        Vector128<uint> whole = Vector128.ConvertToInt32(inRange + Vector128.Create(0.5f)).AsUInt32();
        return Vector128.Narrow(Vector128.Narrow(whole, whole), Vector128<ushort>.Zero).AsUInt32().ToScalar();
    }

    /// <summary>The colour at a place of an image.</summary>
    /// <param name="image">The pixels.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="column">Across.</param>
    /// <param name="row">Down.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> At(ReadOnlySpan<uint> image, int width, in Tap column, in Tap row)
    {
        int top = row.First * width, bottom = row.Second * width;
        Vector128<float> upper = Mix(Floats(image[top + column.First]), Floats(image[top + column.Second]), column.Share);
        Vector128<float> lower = Mix(Floats(image[bottom + column.First]), Floats(image[bottom + column.Second]), column.Share);
        return Mix(upper, lower, row.Share);
    }

    /// <summary>A sample's pixels, one element each.</summary>
    public static ReadOnlySpan<uint> Pixels(ReadOnlySpan<byte> rgba) => MemoryMarshal.Cast<byte, uint>(rgba);
}
