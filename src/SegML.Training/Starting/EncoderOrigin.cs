using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace SegML.Training.Starting;

/// <summary>Where an encoder's first weights came from; it is kept in the run's checkpoints and in the exported model's metadata.</summary>
/// <param name="Source">The package, or the file's path as the pipeline names it.</param>
/// <param name="Tensors">How many of the encoder's tensors were read.</param>
/// <param name="Sha256">Of the file, in lower-case hexadecimal digits; null for a folder.</param>
/// <param name="Terms">The licence of the weights; null: not known.</param>
internal sealed record EncoderOrigin(string Source, int Tensors, string? Sha256, string? Terms)
{
    /// <summary>What else the run's first report says; null: nothing.</summary>
    public string? Remark { get; init; }

    /// <summary>As cards hold it.</summary>
    public JsonObject ToJson() => new() { ["source"] = Source, ["tensors"] = Tensors, ["sha256"] = Sha256, ["terms"] = Terms };

    /// <summary>A sentence for the run's first report.</summary>
    public string Note => $"the encoder starts from {Source}: {Tensors.Of("tensor")} read{(Terms is null ? "" : $"; terms: {Terms}")}{(Remark is null ? "" : $", {Remark}")}";

    /// <summary>A file's SHA-256.</summary>
    public static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
