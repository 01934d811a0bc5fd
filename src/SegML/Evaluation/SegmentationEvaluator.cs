using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// Counts predicted masks against true ones, an image at a time, and makes figures of the sums. It keeps counts alone, so its
/// memory does not grow with the number of images. Not thread-safe: give each thread its own and add them up.
/// </summary>
public sealed class SegmentationEvaluator
{
    private readonly SegmentationConfusionMatrix _matrix;
    private readonly BoundaryMatches _boundaries = new();
    private readonly SurfaceDistances _surfaces = new();
    private readonly InstanceMatches _instances = new();

    // Of classes that overlap: each against what is not of it.
    private readonly Lazy<SegmentationEvaluator[]> _each;
    private IReadOnlyList<double>? _thresholds;

    /// <param name="classes">The classes of all masks.</param>
    public SegmentationEvaluator(ClassSet classes)
    {
        _matrix = new SegmentationConfusionMatrix(classes);
        _each = new(() => classes.IsMultiLabel
            ? [.. classes.Names.Select((_, id) => new SegmentationEvaluator(SegmentationMask.Alone(id, classes)) { MeasuresObjects = MeasuresObjects })] : []);
    }

    /// <summary>Whether surface distances and objects are measured too, which takes a multiple of the other figures' time. Default true.</summary>
    public bool MeasuresObjects { get; init; } = true;

    /// <summary>The classes of all masks.</summary>
    public ClassSet Classes => _matrix.Classes;

    /// <summary>Counts one image.</summary>
    /// <param name="truth">The true mask.</param>
    /// <param name="predicted">The predicted one: classes only, wherever the truth is not the ignore index.</param>
    /// <exception cref="ArgumentException">The masks differ in size, or a prediction is not a class id.</exception>
    public void Add(SegmentationMask truth, SegmentationMask predicted)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        if (truth.Width != predicted.Width || truth.Height != predicted.Height)
        {
            throw new ArgumentException($"a mask of {truth.Width}x{truth.Height} against one of {predicted.Width}x{predicted.Height}", nameof(predicted));
        }
        if (truth.Classes.IsMultiLabel != Classes.IsMultiLabel || predicted.Classes.IsMultiLabel != Classes.IsMultiLabel)
        {
            throw new ArgumentException("one mask has classes that overlap and the other has not", nameof(predicted));
        }
        _matrix.Add(truth.Ids, predicted.Ids);
        if (Classes.IsMultiLabel)
        {
            _thresholds ??= predicted.Classes.Thresholds;
            for (int id = 0; id < _each.Value.Length; id++)
            {
                using SegmentationMask own = truth.Of(id), guess = predicted.Of(id);
                _each.Value[id].Add(own, guess);
            }
            return;
        }
        _boundaries.Add(truth, predicted);
        if (MeasuresObjects)
        {
            _surfaces.Add(truth, predicted);
            _instances.Add(truth, predicted);
        }
    }

    /// <summary>Adds another evaluator's counts.</summary>
    /// <exception cref="ArgumentException">The other has another number of classes.</exception>
    public void Add(SegmentationEvaluator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _matrix.Add(other._matrix);
        _thresholds ??= other._thresholds;
        for (int id = 0; id < _each.Value.Length; id++)
        {
            _each.Value[id].Add(other._each.Value[id]);
        }
        _boundaries.Add(other._boundaries);
        _surfaces.Add(other._surfaces);
        _instances.Add(other._instances);
    }

    /// <summary>Adds the counts of other processes: classes that do not overlap, without objects.</summary>
    internal void SumCounts(CountSum sum)
    {
        _matrix.SumCounts(sum);
        _boundaries.SumCounts(sum);
    }

    /// <summary>The figures of all images so far. Counting may go on afterwards.</summary>
    public SegmentationMetrics ToMetrics()
    {
        // Figures name the thresholds of the model, not those of the true masks' classes.
        var matrix = new SegmentationConfusionMatrix(_thresholds is null ? Classes : Classes.WithThresholds(_thresholds));
        matrix.Add(_matrix);
        return Classes.IsMultiLabel ? new SegmentationMetrics(matrix, [.. _each.Value.Select(e => e.ToMetrics())])
            : new SegmentationMetrics(matrix, _boundaries, MeasuresObjects ? _surfaces : null, MeasuresObjects ? _instances : null);
    }
}
