using System.Globalization;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>A plan while it is made: rules read what is known and settled, and settle the next.</summary>
/// <param name="data">What the data set is like.</param>
/// <param name="machine">What will train.</param>
/// <param name="minutes">How long it may.</param>
/// <param name="pipeline">The pipeline so far.</param>
internal sealed class PlanDraft(DataFingerprint data, PlanMachine machine, double minutes, Pipeline pipeline)
{
    private readonly List<PlanDecision> _decisions = [];

    public DataFingerprint Data => data;

    public PlanMachine Machine => machine;

    public double Seconds => 60 * minutes;

    public Pipeline Pipeline { get; private set; } = pipeline;

    public TrainingOptions Training => Pipeline.Training;

    public IReadOnlyList<PlanDecision> Decisions => _decisions;

    /// <summary>The network's width.</summary>
    public int Width { get; set; }

    /// <summary>Updates of the weights.</summary>
    public int Steps { get; set; }

    /// <summary>The root of the reference size's area, in pixels.</summary>
    public double Side => Math.Sqrt((double)Pipeline.Input.Width * Pipeline.Input.Height);

    /// <summary>Pixels of all crops of a batch.</summary>
    public double BatchPixels => (double)Training.BatchSize * Training.Augmentation.CropWidth * Training.Augmentation.CropHeight;

    /// <summary>How often training sees each image.</summary>
    public double Passes => (double)Steps * Training.BatchSize / Data.Images;

    public void Input(Func<InputOptions, InputOptions> change, string reason, params string[] keys) =>
        Decide(Pipeline with { Input = change(Pipeline.Input) }, reason, keys);

    public void Train(Func<TrainingOptions, TrainingOptions> change, string reason, params string[] keys) =>
        Decide(Pipeline with { Training = change(Training) }, reason, keys);

    public void Augment(Func<AugmentationOptions, AugmentationOptions> change, string reason, params string[] keys) =>
        Train(t => t with { Augmentation = change(t.Augmentation) }, reason, [.. keys.Select(k => "augmentation." + k)]);

    public void Network(NetworkOptions network, string reason, params string[] keys) => Decide(Pipeline with { Network = network }, reason, keys);

    /// <summary>A sentence with numbers written the same way everywhere.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Decide(Pipeline changed, string reason, string[] keys)
    {
        string part = !ReferenceEquals(changed.Input, Pipeline.Input) ? "input" : !ReferenceEquals(changed.Network, Pipeline.Network) ? "network" : "training";
        Pipeline = changed;
        _decisions.Add(new PlanDecision([.. keys.Select(k => $"{part}.{k}")], reason));
    }
}
