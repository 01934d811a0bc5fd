namespace SegML.Tests;

/// <summary>What environment variables ask for beyond what tests do by default.</summary>
internal static class Asked
{
    /// <summary>Whether a variable, 1 or names with commas between, asks for a name.</summary>
    public static bool For(string variable, string name) =>
        Environment.GetEnvironmentVariable(variable)?.Split(',') is { } wanted && (wanted.Contains("1") || wanted.Contains(name));
}
