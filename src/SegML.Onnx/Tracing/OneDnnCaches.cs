using System.Globalization;

namespace SegML.Onnx.Tracing;

/// <summary>
/// Tells libtorch's oneDNN how large the caches are where a virtual machine hides them. There oneDNN takes each for a single byte, which is what makes its
/// AVX2 and AVX-512 kernels compute convolutions and LSTMs wrongly. It has no setting for them; but it keeps them in one structure, which is corrected here
/// before anything reads it. That is done only in the build of libtorch that it was verified with, and only when the structure holds exactly the wrong values.
/// </summary>
internal static class OneDnnCaches
{
    // libtorch-cpu-linux-x64 2.10.0: the file's length, and where dnnl::impl::cpu::x64::cpu() begins in it.
    private const long VerifiedLength = 461_211_481;
    private const nint CpuFunction = 0xf89b1a0;

    // The layout of Xbyak::util::Cpu, in words of 32 bits: ten sizes in bytes, by how many cores each is shared, how many of them count.
    private const int Sizes = 7, Sharing = 17, Levels = 27, MostLevels = 10;

    /// <summary>What cpu() does once the structure is there, with the two addresses left out: return its address.</summary>
    private static readonly byte?[] _code =
    [
        0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0xb6, 0x05, null, null, null, null, 0x84, 0xc0, 0x74, 0x11, 0x48, 0x8d, 0x05, null, null, null, null, 0xc3,
    ];

    /// <summary>What oneDNN assumes itself where a processor tells nothing: 32 KB, 512 KB and 1 MB for each core.</summary>
    private static readonly uint[] _usual = [32 << 10, 512 << 10, 1 << 20];

    /// <summary>Corrects the sizes. To be called once libtorch is loaded, and before it computes: what has been computed by then is kept as it is.</summary>
    /// <returns>Whether oneDNN knows usable sizes now.</returns>
    internal static unsafe bool TryCorrect()
    {
        if (FindLibrary() is not { } library)
        {
            return false;
        }
        byte* code = (byte*)(library + CpuFunction);
        for (int i = 0; i < _code.Length; i++)
        {
            if (_code[i] is { } expected && code[i] != expected)
            {
                return false;
            }
        }
        var cpu = (delegate* unmanaged<uint*>)code;
        return TryCorrect(new Span<uint>(cpu(), Levels + 1));
    }

    /// <summary>Corrects the structure if it holds three caches of one byte each.</summary>
    internal static bool TryCorrect(Span<uint> cpu)
    {
        Span<uint> sizes = cpu.Slice(Sizes, MostLevels), sharing = cpu.Slice(Sharing, MostLevels);
        bool oneByteEach = cpu[Levels] == _usual.Length && !sizes[.._usual.Length].ContainsAnyExcept(1u) && !sizes[_usual.Length..].ContainsAnyExcept(0u)
            && !sharing[.._usual.Length].ContainsAnyExcept(1u) && !sharing[_usual.Length..].ContainsAnyExcept(0u);
        if (oneByteEach)
        {
            _usual.CopyTo(sizes);
        }
        return oneByteEach;
    }

    /// <summary>Where the verified build of libtorch_cpu.so lies in memory; null without it.</summary>
    private static nint? FindLibrary()
    {
        // "7f0c5a000000-7f0c6f40f000 r-xp 00000000 fe:00 1234   /path/libtorch_cpu.so"
        string? line = File.ReadLines("/proc/self/maps").FirstOrDefault(l => l.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal));
        if (line is null || new FileInfo(line[line.IndexOf('/', StringComparison.Ordinal)..]) is not { Exists: true, Length: VerifiedLength })
        {
            return null;
        }
        return nint.Parse(line.AsSpan(0, line.IndexOf('-', StringComparison.Ordinal)), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
