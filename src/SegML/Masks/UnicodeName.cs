using System.Text;

namespace SegML.Masks;

/// <summary>
/// Names as they are compared: in Unicode's composed form. One system's file names spell "é" as one character, another's as two, and
/// both look the same.
/// </summary>
internal static class UnicodeName
{
    /// <summary>The name to compare with.</summary>
    public static string Of(string name) => Ascii.IsValid(name) ? name : UnicodeComposition.Compose(name);
}
