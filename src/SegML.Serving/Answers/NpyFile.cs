using System.Runtime.InteropServices;
using System.Text;
using SegML.Scoring;

namespace SegML.Serving.Answers;

/// <summary>Probabilities as a NumPy array of floats, [C, H, W] (numpy.org, "NPY format", version 1.0): <c>numpy.load</c> reads it.</summary>
internal static class NpyFile
{
    private const int HeaderMultiple = 64;

    public static byte[] Encode(SegmentationScores scores)
    {
        string about = FormattableString.Invariant($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({scores.Classes.Count}, {scores.Height}, {scores.Width}), }}");
        int length = (10 + about.Length + 1 + HeaderMultiple - 1) / HeaderMultiple * HeaderMultiple;
        ReadOnlySpan<byte> values = MemoryMarshal.AsBytes(scores.Values);
        var file = new byte[checked(length + values.Length)];
        file.AsSpan(0, length).Fill((byte)' ');
        file[0] = 0x93;
        "NUMPY"u8.CopyTo(file.AsSpan(1));
        (file[6], file[7]) = (1, 0);
        (file[8], file[9]) = ((byte)(length - 10), (byte)(length - 10 >> 8));
        Encoding.ASCII.GetBytes(about).CopyTo(file, 10);
        file[length - 1] = (byte)'\n';
        values.CopyTo(file.AsSpan(length));
        return file;
    }
}
