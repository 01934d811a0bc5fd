using System.CommandLine;
using SegML.Cluster.Jobs;

namespace SegML.Cli.Commands;

/// <summary>The option that names a cluster's storage.</summary>
internal static class ClusterOption
{
    private const string Variable = "SEGML_CLUSTER";

    /// <summary>The option; <paramref name="use"/> says what it does here.</summary>
    public static Option<string?> Create(string use) => new("--cluster")
    {
        Description = $"{use} \"Host=...;Database=...\": PostgreSQL; a file that ends with .db: SQLite, for one machine; env: what the variable {Variable} says, which keeps passwords out of command lines.",
        HelpName = "STORAGE",
    };

    /// <summary>What it names; null: it is not given.</summary>
    /// <exception cref="ClusterException">The variable is not set.</exception>
    public static string? Read(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not "env" ? parsed.GetValue(option) : Set
        ?? throw new ClusterException("--cluster", $"is env, and {Variable} is not set", $"set {Variable}, or name the storage");

    /// <summary>The same, where a cluster is needed.</summary>
    /// <exception cref="ClusterException">There is none.</exception>
    public static string Require(ParseResult parsed, Option<string?> option)
    {
        string storage = Read(parsed, option) ?? Set ?? throw new ClusterException("--cluster", "is missing", $"name the storage, or set {Variable}");
        // A misspelt name would be an empty storage.
        return !ClusterStorage.IsFile(storage) || File.Exists(storage) ? storage
            : throw new ClusterException(storage, "is not there", "name the file that segml predict --cluster made");
    }

    private static string? Set => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set : null;
}
