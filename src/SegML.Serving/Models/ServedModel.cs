using Microsoft.Extensions.Logging;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Serving.Models;

/// <summary>A model of a service. It can be loaded again while requests use it: they end with the version that they began with. Thread-safe.</summary>
public sealed partial class ServedModel
{
    private readonly Lock _reload = new();
    private readonly SegmenterOptions _options;
    private readonly ServingMetrics _metrics;
    private readonly ILogger _log;
    private volatile LoadedModel _current;

    internal ServedModel(ServedModelOptions model, SegmenterOptions options, ServingMetrics metrics, ILogger log)
    {
        (Name, Path, _options, _metrics, _log) = (model.Name, model.Path, options, metrics, log);
        Version = FileVersion.Of(Path);
        _current = LoadedModel.Load(Path, options);
        Loaded = DateTimeOffset.UtcNow;
    }

    /// <summary>What requests call it.</summary>
    public string Name { get; }

    /// <summary>Its file.</summary>
    public string Path { get; }

    /// <summary>What it says of itself; null: a saved ML.NET pipeline, which does not say.</summary>
    public ModelInfo? Info => _current.Info;

    /// <summary>The classes of its masks.</summary>
    public ClassSet Classes => _current.Classes;

    /// <summary>When the version that answers was loaded.</summary>
    public DateTimeOffset Loaded { get; private set; }

    /// <summary>Why a newer version of the file does not answer; null: none was refused.</summary>
    public string? Fault { get; private set; }

    /// <summary>The version of the file that was tried last.</summary>
    internal FileVersion Version { get; private set; }

    /// <summary>Loads the file again. Where that fails, the version before goes on answering.</summary>
    /// <exception cref="SegMLException">The file cannot be loaded or does not score.</exception>
    public void Reload()
    {
        lock (_reload)
        {
            Version = FileVersion.Of(Path);
            LoadedModel old = _current;
            try
            {
                _current = LoadedModel.Load(Path, _options);
            }
            catch (SegMLException e)
            {
                Fault = e.Message;
                _metrics.Reloaded(Name, works: false);
                LogKept(Name, e.Message);
                throw;
            }
            old.End();
            Fault = null;
            Loaded = DateTimeOffset.UtcNow;
            _metrics.Reloaded(Name, works: true);
            LogReloaded(Name, Path);
        }
    }

    /// <summary>Calls the version that answers now, and keeps it until the call is over.</summary>
    internal T Use<T>(Func<LoadedModel, T> call)
    {
        while (true)
        {
            LoadedModel model = _current;
            Lifetime.Use use;
            try
            {
                use = model.Enter();
            }
            catch (ObjectDisposedException) when (model != _current)
            {
                // It was replaced between the two lines.
                continue;
            }
            using (use)
            {
                return call(model);
            }
        }
    }

    internal void End() => _current.End();

    [LoggerMessage(LogLevel.Information, "model {Name} was loaded again from {Path}")]
    private partial void LogReloaded(string name, string path);

    [LoggerMessage(LogLevel.Error, "model {Name} stays as it was: {Fault}")]
    private partial void LogKept(string name, string fault);
}

/// <summary>What tells a file's versions apart without reading it.</summary>
internal readonly record struct FileVersion(DateTime Written, long Length)
{
    public static FileVersion Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileVersion(file.LastWriteTimeUtc, file.Length) : default;
    }
}
