using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SegML.Scoring;

namespace SegML.Serving.Models;

/// <summary>The models of a service, in the order of its options. Thread-safe.</summary>
public sealed class SegmentationModels : IDisposable
{
    private readonly List<ServedModel> _all = [];

    /// <summary>Loads the models.</summary>
    /// <param name="options">What to load.</param>
    /// <param name="metrics">Is told of models that are loaded again.</param>
    /// <param name="log">Is told of them too.</param>
    /// <exception cref="SegMLException">A model cannot be loaded.</exception>
    public SegmentationModels(IOptions<ServingOptions> options, ServingMetrics metrics, ILogger<SegmentationModels> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        SegmenterOptions given = options.Value.Scoring;
        SegmenterOptions scoring = given with
        {
            MaxPixels = options.Value.MaxPixels,
            TimeLimit = options.Value.TimeLimit,
            // Images that are scored at once share the cores: more threads than cores wait for each other.
            Threads = given.Threads > 0 ? given.Threads : Math.Max(1, Environment.ProcessorCount / options.Value.Concurrency),
        };
        try
        {
            foreach (ServedModelOptions model in options.Value.Models)
            {
                _all.Add(new ServedModel(model, scoring, metrics, log));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>All of them; the first answers requests that name none.</summary>
    public IReadOnlyList<ServedModel> All => _all;

    /// <summary>The model of a name, in any case; null: there is none.</summary>
    public ServedModel? Find(string name) => _all.Find(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Frees them when the calls under way are over.</summary>
    public void Dispose() => _all.ForEach(m => m.End());
}
