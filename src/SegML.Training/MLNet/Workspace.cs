using SegML.MLNet;

namespace SegML.Training.MLNet;

/// <summary>Where a fit's run lives: the folder that the user named, or a temporary one that goes with the fit.</summary>
internal sealed class Workspace : IDisposable
{
    private string? _temporary;

    private Workspace(string run, string? temporary)
    {
        Run = run;
        _temporary = temporary;
    }

    /// <summary>The run's folder.</summary>
    public string Run { get; }

    /// <summary>Opens the user's folder, or a temporary one where that is null.</summary>
    public static Workspace Open(string? path)
    {
        if (path is not null)
        {
            return new Workspace(path, null);
        }
        string temporary = Directory.CreateTempSubdirectory("segml-").FullName;
        return new Workspace(Path.Combine(temporary, "run"), temporary);
    }

    /// <summary>Leaves a temporary folder where it is, too.</summary>
    public void Keep() => _temporary = null;

    public void Dispose()
    {
        if (_temporary is not null)
        {
            Directory.Delete(_temporary, recursive: true);
        }
    }
}
