using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SegML.Files;

/// <summary>
/// What SegML writes to be read again carries a checksum (XXH128): exported models, checkpoints, a run's pipeline and cards, saved ML.NET
/// pipelines. Reading compares; what was damaged or changed by hand is an error that names the file. A checksum shows accidents, it is no
/// signature: who changes a file on purpose can compute it too.
/// </summary>
public static class Checksums
{
    /// <summary>The key of a JSON file's checksum, which is computed over all other keys and their values, not over white space.</summary>
    internal const string Key = "checksum";

    private const string Method = "xxh128:";

    private static readonly JsonSerializerOptions _written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions _compared = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    /// <summary>
    /// A file or run without a checksum was read, once for each in a process: its path. SegML wrote none before there were any; such files are
    /// read as they are. Raised on the reading thread.
    /// </summary>
    public static event Action<string>? Missing;

    /// <summary>Says once that a file or run has no checksum.</summary>
    internal static void TellMissing(string path)
    {
        if (Missing is { } tell && _told.TryAdd(path, true))
        {
            tell(path);
        }
    }

    /// <summary>A JSON object as a file's text, with its checksum as the last key.</summary>
    internal static string Sign(string json)
    {
        JsonObject root = JsonNode.Parse(json)!.AsObject();
        root.Remove(Key);
        root[Key] = Of(root);
        return root.ToJsonString(_written) + "\n";
    }

    /// <summary>Takes the checksum out of a JSON file's content.</summary>
    /// <returns>Whether it is right; null: there is none.</returns>
    internal static bool? Take(JsonObject root)
    {
        if (!root.Remove(Key, out JsonNode? found))
        {
            return null;
        }
        return found is JsonValue value && value.TryGetValue(out string? text) && text == Of(root);
    }

    private static string Of(JsonObject root) =>
        Method + Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(root.ToJsonString(_compared))));
}
