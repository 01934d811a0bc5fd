using System.Globalization;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring.Adoption;

namespace SegML.Cli.Adoption;

/// <summary>A description in a few words, for a terminal.</summary>
internal static class DescriptionText
{
    private const int MostNames = 8;

    public static string Of(InputDescription input)
    {
        string size = input.Width is { } width ? $"{width}x{input.Height}, {Name(input.Fit!.Value)}" : "the image's own size";
        string multiple = input.Multiple is { } number ? $" in multiples of {number}" : "";
        string numbers = input.Mean is null ? "bytes as they are" : $"mean {Numbers(input.Mean)}  std {Numbers(input.Std!)}";
        return $"\"{input.Name}\" {Name(input.Layout!.Value)}, {size}{multiple}, {Name(input.ColorSpace!.Value)}, {numbers}";
    }

    public static string Of(OutputDescription output) =>
        $"\"{output.Name}\" {Name(output.Layout!.Value)}, {Name(output.Meaning!.Value)}{(output.Threshold == 0.5 ? "" : string.Create(CultureInfo.InvariantCulture, $", threshold {output.Threshold}"))}";

    public static string Names(IReadOnlyList<SegmentationClass> classes) =>
        $"{classes.Count}: {string.Join(", ", classes.Take(MostNames).Select(c => c.Name))}{(classes.Count > MostNames ? ", ..." : "")}";

    private static string Name<T>(T value)
        where T : struct, Enum => char.ToLowerInvariant(value.ToString()[0]) + value.ToString()[1..];

    private static string Numbers(IEnumerable<float> values) => string.Join(' ', values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));
}
