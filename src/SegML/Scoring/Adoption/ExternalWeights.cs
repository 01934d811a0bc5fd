using Google.Protobuf;
using SegML.Files;
using SegML.Scoring.Adoption.Parts;

namespace SegML.Scoring.Adoption;

/// <summary>
/// Weights that an exporter put into files beside the model (PyTorch's does so by default since 2.9). Adoption takes them into the model, which
/// then is one file.
/// </summary>
internal static class ExternalWeights
{
    private const int External = 1;

    // One protocol buffer holds 2 GB; less what the rest of a graph takes.
    private const long Most = int.MaxValue - (64L << 20);

    /// <summary>Reads them in.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="folder">Where the model's file is; null: it came from memory.</param>
    /// <param name="name">What errors call the model.</param>
    /// <exception cref="ModelFormatException">A file is missing, lies outside the folder, or is shorter than the model says.</exception>
    public static void TakeIn(Graph graph, string? folder, string name)
    {
        long total = 0;
        foreach (Tensor tensor in All(graph).Where(t => t.DataLocation == External).ToArray())
        {
            string location = Entry(tensor, "location") ?? throw Bad($"keeps {tensor.Name} in a file that it does not name");
            if (folder is null)
            {
                throw Bad($"keeps {tensor.Name} in {location}, and came without its folder");
            }
            string path = Path.GetFullPath(Path.Combine(folder, location));
            if (Path.IsPathRooted(location) || !path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw Bad($"keeps {tensor.Name} outside its folder, in {location}");
            }
            tensor.RawData = Read(path, Number(tensor, "offset") ?? 0, Number(tensor, "length"), name);
            tensor.DataLocation = 0;
            tensor.ExternalData.Clear();
            total += tensor.RawData.Length;
            if (total > Most)
            {
                throw Bad("has more than 2 GB of weights");
            }
        }

        ModelFormatException Bad(string fault) => new(name, fault, "save the model with its weights inside, in one file");
    }

    private static IEnumerable<Tensor> All(Graph graph) => graph.Initializer
        .Concat(graph.Node.SelectMany(n => n.Attribute).Where(a => a.T is not null).Select(a => a.T))
        .Concat(graph.Node.SelectMany(n => n.Attribute).SelectMany(a => a.G is null ? a.Graphs : a.Graphs.Append(a.G)).SelectMany(All));

    private static ByteString Read(string path, long offset, long? length, string name) => UnreadableFile.Reading(path, (s, f, x, e) => new ModelFormatException(s, f, x, e), () =>
    {
        using FileStream file = File.OpenRead(path);
        long size = length ?? file.Length - offset;
        if (offset < 0 || size < 0 || offset > file.Length - size || size > Most)
        {
            throw new ModelFormatException(path, $"is shorter than {name} says", "copy both again from their source");
        }
        file.Position = offset;
        byte[] content = new byte[size];
        file.ReadExactly(content);
        return UnsafeByteOperations.UnsafeWrap(content);
    });

    private static string? Entry(Tensor tensor, string key) => tensor.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;

    private static long? Number(Tensor tensor, string key) => long.TryParse(Entry(tensor, key), out long number) ? number : null;
}
