using System.Globalization;

namespace SegML.Cluster.Orders;

/// <summary>The files of a job, in .segml/ID below the folder of its results.</summary>
/// <param name="Path">The folder.</param>
internal readonly record struct OrderFolder(string Path)
{
    private const int FolderChunks = 1000;

    /// <summary>What is scored and how; there once all images are listed.</summary>
    public string Order => System.IO.Path.Combine(Path, "order.json");

    /// <summary>The job's copy of the model.</summary>
    public string Model => System.IO.Path.Combine(Path, "model.onnx");

    /// <summary>The list of the images.</summary>
    public string Images => System.IO.Path.Combine(Path, "images.jsonl");

    /// <summary>Held while the job is being enqueued.</summary>
    public string Lock => System.IO.Path.Combine(Path, "enqueue.lock");

    /// <summary>A job's folder.</summary>
    public static OrderFolder Of(string output, string id) => new(System.IO.Path.Combine(System.IO.Path.GetFullPath(output), ".segml", id));

    /// <summary>Other jobs whose results go to the same folder.</summary>
    public IEnumerable<string> Others()
    {
        string own = System.IO.Path.GetFileName(Path), jobs = System.IO.Path.GetDirectoryName(Path)!;
        return Directory.Exists(jobs) ? Directory.EnumerateDirectories(jobs).Where(j => File.Exists(new OrderFolder(j).Order))
            .Select(j => System.IO.Path.GetFileName(j)).Where(j => j != own) : [];
    }

    /// <summary>Where a chunk's journals are.</summary>
    public (string Folder, string Chunk) JournalOf(long chunk) =>
        (System.IO.Path.Combine(Path, "chunks", (chunk / FolderChunks).ToString("000000", CultureInfo.InvariantCulture)), chunk.ToString("000000000", CultureInfo.InvariantCulture));
}
