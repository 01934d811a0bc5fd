using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Batches;
using SegML.Files;
using SegML.Scoring;

namespace SegML.Cluster.Orders;

/// <summary>A job as its workers read it: order.json in the job's folder.</summary>
internal sealed record ScoringOrder
{
    private static readonly JsonSerializerOptions _form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Follows from what is scored, how and where to: the same request is the same job.</summary>
    public required string Id { get; init; }

    /// <summary>The model's checksum (XXH128 of the file).</summary>
    public required string ModelHash { get; init; }

    /// <summary>What it was made of, for people.</summary>
    public required string Model { get; init; }

    /// <summary>The inputs as they were given, for people.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>What is written.</summary>
    public required BatchOutputs Outputs { get; init; }

    /// <summary>How images are scored.</summary>
    public required SegmenterOptions Scoring { get; init; }

    /// <summary>Images a chunk.</summary>
    public required int ChunkSize { get; init; }

    /// <summary>Images in all.</summary>
    public long Images { get; init; }

    /// <summary>Chunks in all.</summary>
    public long Chunks => (Images + ChunkSize - 1) / ChunkSize;

    /// <summary>Makes the order of a request, whose images are not listed yet.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="model">The model file's content.</param>
    public static ScoringOrder Of(ScoringRequest request, byte[] model)
    {
        var order = new ScoringOrder
        {
            Id = "",
            Model = Path.GetFullPath(request.Model),
            ModelHash = HashOf(model),
            Inputs = [.. request.Inputs.Select(i => i.StartsWith('@') ? "@" + Path.GetFullPath(i[1..]) : Path.GetFullPath(i))],
            Outputs = request.Outputs with { Folder = Path.GetFullPath(request.Outputs.Folder) },
            // Where and by how many threads is the worker's own, and changes no result.
            Scoring = request.Scoring with { Device = null, GpuDeviceId = 0, Threads = 0, BatchSize = 1 },
            ChunkSize = request.ChunkSize,
        };
        byte[] recipe = JsonSerializer.SerializeToUtf8Bytes(order with { Model = "" }, _form);
        return order with { Id = HashOf(recipe)[..12] };
    }

    /// <summary>Reads an order.</summary>
    /// <exception cref="ModelFormatException">It is missing or damaged.</exception>
    public static ScoringOrder Read(string path)
    {
        try
        {
            JsonObject text = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            return Checksums.Take(text) == true ? text.Deserialize<ScoringOrder>(_form)! : throw new JsonException("its checksum differs");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new ModelFormatException(path, UnreadableFile.Because(e), "see whether this machine sees the job's folder, or start the job again", e);
        }
    }

    /// <summary>Writes the order.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, Checksums.Sign(JsonSerializer.SerializeToNode(this, _form)!.AsObject().ToJsonString()));

    /// <summary>A content's XXH128 in hexadecimal.</summary>
    internal static string HashOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(XxHash128.Hash(content));
}
