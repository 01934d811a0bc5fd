using System.Globalization;

namespace SegML.Discovery;

/// <summary>Masks that hold class and instance in one number: class * 1000 + instance (MOTS, Cityscapes) or class * 256 + instance (KITTI).</summary>
/// <param name="Divisor">1000 or 256.</param>
/// <param name="Classes">The classes that occur.</param>
internal sealed record InstanceCode(int Divisor, SortedSet<int> Classes)
{
    // MOTS: a region that is to be ignored.
    private const int MotsIgnored = 10_000;

    /// <summary>The code that the values of masks fit: instances are counted from 0, so they take the first part of each class's range.</summary>
    /// <returns>Null: they fit none, or both, or none is above 255.</returns>
    public static InstanceCode? Of(IReadOnlyCollection<int> values)
    {
        int[] fitting = values.Max() <= byte.MaxValue ? [] : [.. new[] { 1000, 256 }.Where(d => values.Any(v => v >= d) && values.All(v => v < d || v % d < d / 4))];
        return fitting is [var divisor]
            ? new InstanceCode(divisor, [.. values.Where(v => divisor != 1000 || v != MotsIgnored).Select(v => v >= divisor || divisor == 256 ? v / divisor : v)])
            : null;
    }

    /// <summary>A class's values, as "from" lists them; 255 stands for what is ignored.</summary>
    public IReadOnlyList<string> ValuesOf(int id) => id switch
    {
        255 => [Text(255), .. Divisor == 1000 && !Classes.Contains(MotsIgnored / Divisor) ? (string[])[Text(MotsIgnored)] : []],
        _ when Divisor == 256 => [Range(id * Divisor)],
        0 => ["0"],
        _ => [Text(id), Range(id * Divisor)],
    };

    private string Range(int first) => $"{Text(first)}-{Text(first + Divisor - 1)}";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
