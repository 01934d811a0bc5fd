namespace SegML.Scenes.Sets;

/// <summary>Ten data sets of different kinds.</summary>
public static class DrawnSets
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DrawnSet> All { get; } =
    [
        Membranes.Set, Scratches.Set, Symbols.Set, Seedlings.Set, Landscapes.Set, Nuclei.Set, Stickers.Set, Polyps.Set, AerialTiles.Set, Grains.Set,
    ];

    /// <summary>One by its name.</summary>
    /// <exception cref="ArgumentException">There is no such set.</exception>
    public static DrawnSet Find(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"\"{name}\" is not one of {string.Join(", ", All.Select(s => s.Name))}", nameof(name));
}
