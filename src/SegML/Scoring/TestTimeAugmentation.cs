using System.Numerics.Tensors;
using SegML.Images;
using SegML.Scoring.Tiles;

namespace SegML.Scoring;

/// <summary>
/// Scores an image in several views - mirrored, larger, smaller - and averages their probabilities. What comes out are the
/// logarithms of the averages: as logits they give the same probabilities, so that all that reads logits reads them.
/// </summary>
/// <param name="flip">Whether each view is mirrored too.</param>
/// <param name="scales">The views' sizes, as factors.</param>
internal sealed class TestTimeAugmentation(bool flip, IReadOnlyList<double> scales)
{
    // A probability of less is no different from none.
    private const float Least = 1e-30f;

    // No network takes less; see InputOptions.SizeFor.
    private const int LeastSide = 16;

    /// <summary>Whether options ask for more than one plain view.</summary>
    public static bool IsWanted(SegmenterOptions options) => options.Flip || options.Scales is not [1.0];

    /// <summary>Scores an image.</summary>
    /// <param name="session">The model.</param>
    /// <param name="context">The means of the whole image that all views share, where the model takes them.</param>
    /// <param name="image">The image at the network's size, which the logits get too.</param>
    /// <param name="step">Views' sides are rounded to multiples of it.</param>
    public RentedLogits Run(ScoringSession session, ContextTensors? context, NetworkImage image, int step)
    {
        RasterImage pixels = image.Pixels;
        int width = pixels.Width, height = pixels.Height, classes = session.Info.Classes.Count;
        var sum = new RentedLogits(classes, height, width);
        try
        {
            sum.Values.Clear();
            using var scores = new RentedLogits(classes, height, width);
            foreach (double scale in scales)
            {
                using RasterImage view = ImageResizer.Resize(pixels, Side(width, scale, step), Side(height, scale, step));
                Score(session, context, NetworkImage.Exactly(view, image.Statistics), scores);
                TensorPrimitives.Add<float>(sum.Values, scores.Values, sum.Values);
                if (flip)
                {
                    view.Mirror();
                    Score(session, context, NetworkImage.Exactly(view, image.Statistics), scores);
                    Mirror(scores.Values, width);
                    TensorPrimitives.Add<float>(sum.Values, scores.Values, sum.Values);
                }
            }
            TensorPrimitives.Divide(sum.Values, scales.Count * (flip ? 2f : 1f), sum.Values);
            TensorPrimitives.Max(sum.Values, Least, sum.Values);
            TensorPrimitives.Log<float>(sum.Values, sum.Values);
            return sum;
        }
        catch
        {
            sum.Dispose();
            throw;
        }
    }

    private static void Score(ScoringSession session, ContextTensors? context, NetworkImage view, RentedLogits scores)
    {
        using ScoringRun run = session.Run([view], context);
        LogitsView logits = run.Logits(0);
        Logits.Softmax(logits.Values, logits.Classes, logits.Height, logits.Width, scores.Values, scores.Height, scores.Width);
    }

    private static int Side(int side, double scale, int step)
    {
        int scaled = (int)Math.Round(side * scale / step) * step;
        return Math.Max(scaled, Math.Min(side, LeastSide));
    }

    private static void Mirror(Span<float> rows, int width)
    {
        for (; !rows.IsEmpty; rows = rows[width..])
        {
            rows[..width].Reverse();
        }
    }
}
