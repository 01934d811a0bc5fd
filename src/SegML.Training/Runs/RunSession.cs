using System.Text.Json;
using SegML.Files;

namespace SegML.Training.Runs;

/// <summary>A process that worked on a run: one, and one more each time that the run was resumed.</summary>
public sealed record RunSession
{
    /// <summary>When it started, UTC to the second.</summary>
    public required DateTime Started { get; init; }

    /// <summary>Epochs that were done by then.</summary>
    public required int EpochsDone { get; init; }

    /// <summary>The pipeline's seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Where it ran.</summary>
    public required MachineState Machine { get; init; }

    /// <summary>The checkout that the pipeline file is in; null where it is in none, or git is not there.</summary>
    public GitState? Git { get; init; }

    /// <summary>A run's sessions in order; none where the run is of an earlier version.</summary>
    /// <exception cref="ModelFormatException">The file is not what was written.</exception>
    internal static IReadOnlyList<RunSession> Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RunSession[]>(File.ReadAllText(path), Form) ?? [] : [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, UnreadableFile.Because(e), "delete it; the run needs it for its report alone", e);
        }
    }

    /// <summary>Writes a run's sessions.</summary>
    internal static void Write(string path, IReadOnlyList<RunSession> sessions) => AtomicFile.WriteText(path, JsonSerializer.Serialize(sessions, Form) + "\n");

    private static JsonSerializerOptions Form { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };
}
