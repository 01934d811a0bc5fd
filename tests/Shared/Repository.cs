namespace SegML.Tests;

/// <summary>Where the checkout is, and the data beside it that only some machines have.</summary>
internal static class Repository
{
    /// <summary>The folder that holds SegML.sln.</summary>
    public static string Root { get; } = Above(folder => File.Exists(Path.Combine(folder, "SegML.sln")))
        ?? throw new InvalidOperationException("the tests run from inside a checkout");

    /// <summary>CamVid's train and val splits, or null where they are not.</summary>
    public static string? CamVid { get; } = Above(folder => Directory.Exists(Path.Combine(folder, "shared/data/camvid/val"))) is { } above
        ? Path.Combine(above, "shared/data/camvid")
        : null;

    private static string? Above(Predicate<string> holds)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !holds(folder))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar));
        }
        return folder;
    }
}
