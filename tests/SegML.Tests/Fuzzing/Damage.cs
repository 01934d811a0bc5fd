using System.Text;

namespace SegML.Tests.Fuzzing;

/// <summary>Damage of every kind that files come with: bits that flip, parts that are missing, double or cut off, numbers that are none.</summary>
internal static class Damage
{
    private static readonly string[] _numbers = ["0", "-1", "1e999", "NaN", "1e18", "-1e300", "4294967296", "99999", "0.5", "null", "\"x\"", "[]", "{}"];

    /// <summary>Damages a file once.</summary>
    public static byte[] Of(byte[] file, Random random)
    {
        if (file.Length == 0)
        {
            return [(byte)random.Next(256)];
        }
        int at = random.Next(file.Length), length = Math.Min(file.Length - at, 1 + random.Next(random.Next(2) == 0 ? 4 : 60));
        switch (random.Next(6))
        {
            case 0:
                byte[] flipped = [.. file];
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1:
                return [.. file[..at], .. file[(at + length)..]];
            case 2:
                return [.. file[..(at + length)], .. file[at..]];
            case 3:
                return file[..at];
            case 4:
                return [.. file[..at], .. Number(random), .. file[at..]];
            default:
                // Another number in place of one.
                int start = Array.FindIndex(file, at, b => b is >= (byte)'0' and <= (byte)'9');
                if (start < 0)
                {
                    return file;
                }
                int end = Array.FindIndex(file, start, b => b is not (>= (byte)'0' and <= (byte)'9'));
                return [.. file[..start], .. Number(random), .. file[(end < 0 ? file.Length : end)..]];
        }
    }

    private static byte[] Number(Random random) => Encoding.UTF8.GetBytes(_numbers[random.Next(_numbers.Length)]);
}
