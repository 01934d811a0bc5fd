namespace SegML;

/// <summary>Numbers of things in messages: "1 image", "2 images", "3 classes". The noun is a singular in lower case.</summary>
internal static class Quantity
{
    public static string Of(this long count, string noun) => FormattableString.Invariant($"{count} {(count == 1 ? noun : Plural(noun))}");

    public static string Of(this int count, string noun) => ((long)count).Of(noun);

    private static string Plural(string noun) =>
        noun.EndsWith('s') || noun.EndsWith('x') || noun.EndsWith("tch", StringComparison.Ordinal) ? noun + "es"
        : noun.EndsWith('y') && !noun.EndsWith("ay", StringComparison.Ordinal) ? noun[..^1] + "ies"
        : noun + "s";
}
