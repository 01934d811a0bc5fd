namespace SegML.Masks;

/// <summary>
/// What 255 means in the grey masks of a task with two classes whose pipeline file does not say: the foreground in a mask that holds 0 and
/// 255, ignored in one that also holds 1. One data set cannot have both, because a mask of 0 and 255 alone could then be either. Thread-safe.
/// </summary>
internal sealed class WhiteMeaning
{
    private string? _foreground, _ignored;

    /// <summary>Notes what a mask takes 255 for.</summary>
    /// <exception cref="MaskFormatException">Another mask takes it for the other.</exception>
    public void Note(string path, bool isForeground, ClassSet classes)
    {
        Interlocked.CompareExchange(ref isForeground ? ref _foreground : ref _ignored, path, null);
        if (Volatile.Read(ref _foreground) is { } foreground && Volatile.Read(ref _ignored) is { } ignored)
        {
            throw new MaskFormatException(ignored, $"holds 1 and 255 where {foreground} holds 255 without 1: ignored pixels or the class {classes.Names[1]}",
                Fix(classes));
        }
    }

    /// <summary>How to say it.</summary>
    public static string Fix(ClassSet classes) =>
        $"write \"ignore\": {{ \"id\": 255 }}, or \"from\": [1, 255] at {classes.Names[1]}, in {classes.Source}";
}
