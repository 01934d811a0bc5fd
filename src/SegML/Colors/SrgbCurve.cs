using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SegML.Colors;

/// <summary>The sRGB transfer function (IEC 61966-2-1) between bytes and linear light, both ways exact: by tables.</summary>
internal static unsafe class SrgbCurve
{
    // Fine enough that no cell holds two of the bounds between bytes: the closest are 3.0e-4 apart, in the linear part.
    private const int Cells = 4096;

    // Pinned for the gather instruction, which wants an address.
    private static readonly float[] Table = CreateTable();
    private static readonly float* Address = (float*)Unsafe.AsPointer(ref Table[0]);
    private static readonly float[] Bounds = CreateBounds();
    private static readonly byte[] FirstOfCell = CreateCells();
    private static readonly Lazy<float[]> FineTable = new(() => [.. Enumerable.Range(0, 1 << 16).Select(i => (float)Decode(i / 65535.0))]);

    /// <summary>Linear light of an encoded value, both 0..1.</summary>
    public static double Decode(double encoded) => encoded <= 0.04045 ? encoded / 12.92 : Math.Pow((encoded + 0.055) / 1.055, 2.4);

    /// <summary>Linear light of eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Decode(Vector256<int> bytes)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.GatherVector256(Address, bytes, sizeof(float));
        }
        float* table = Address;
        return Vector256.Create(table[bytes[0]], table[bytes[1]], table[bytes[2]], table[bytes[3]],
            table[bytes[4]], table[bytes[5]], table[bytes[6]], table[bytes[7]]);
    }

    /// <summary>Linear light of eight encoded values of any number of bits; what is outside 0..1 is clamped.</summary>
    public static Vector256<float> Decode(ReadOnlySpan<float> encoded)
    {
        float[] fine = FineTable.Value;
        Span<float> linear = stackalloc float[Vector256<float>.Count];
        for (int i = 0; i < linear.Length; i++)
        {
            // Between the entries of a table of 16 bits, so that such values are exact.
            float inside = encoded[i] > 0 ? Math.Min(encoded[i], 1) : 0, place = inside * ushort.MaxValue;
            int cell = Math.Min((int)place, ushort.MaxValue - 1);
            linear[i] = fine[cell] + (fine[cell + 1] - fine[cell]) * (place - cell);
        }
        return Vector256.Create<float>(linear);
    }

    /// <summary>The byte nearest to linear light once encoded; what is outside 0..1 is clamped.</summary>
    public static byte Encode(float linear)
    {
        // Written so that NaN is black.
        float inside = linear > 0 ? Math.Min(linear, 1) : 0;
        int value = FirstOfCell[(int)(inside * Cells)];
        return (byte)(inside >= Bounds[value] ? value + 1 : value);
    }

    private static float[] CreateTable()
    {
        float[] table = GC.AllocateArray<float>(256, pinned: true);
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = (float)Decode(i / 255.0);
        }
        return table;
    }

    // From where a value no longer rounds to a byte but to the next; from 255 there is none.
    private static float[] CreateBounds() =>
        [.. Enumerable.Range(0, 255).Select(i => (float)Decode((i + 0.5) / 255)), float.PositiveInfinity];

    private static byte[] CreateCells() =>
        [.. Enumerable.Range(0, Cells + 1).Select(cell => (byte)Bounds.Count(bound => bound <= (float)cell / Cells))];
}
