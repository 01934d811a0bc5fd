using SegML.Scoring;

namespace SegML.Labelling;

/// <summary>What a model sees in an image, roughly: the mean probability of each class in a grid of cells. Images of one scene have the same sketch.</summary>
internal sealed class SceneSketch
{
    private const int Columns = 8, Rows = 6;

    private readonly float[] _cells;

    public SceneSketch(SegmentationScores scores)
    {
        _cells = new float[scores.Classes.Count * Rows * Columns];
        Span<int> counts = stackalloc int[Rows * Columns];
        for (int id = 0; id < scores.Classes.Count; id++)
        {
            counts.Clear();
            Span<float> cells = _cells.AsSpan(id * Rows * Columns, Rows * Columns);
            ReadOnlySpan<float> probabilities = scores.Of(id);
            for (int y = 0; y < scores.Height; y++)
            {
                int row = y * Rows / scores.Height * Columns;
                for (int x = 0; x < scores.Width; x++)
                {
                    int cell = row + x * Columns / scores.Width;
                    cells[cell] += probabilities[y * scores.Width + x];
                    counts[cell]++;
                }
            }
            for (int i = 0; i < cells.Length; i++)
            {
                cells[i] /= Math.Max(1, counts[i]);
            }
        }
    }

    /// <summary>How much two sketches differ: 0 (the same) to 1 (no cell has a class in common), the root of the total variation, so that small changes count.</summary>
    public double DifferenceTo(SceneSketch other)
    {
        double sum = 0;
        for (int i = 0; i < _cells.Length; i++)
        {
            sum += Math.Abs(_cells[i] - other._cells[i]);
        }
        // Two distributions differ by at most 2; where classes overlap, by more.
        return Math.Min(1, Math.Sqrt(sum / (2 * Rows * Columns)));
    }
}
