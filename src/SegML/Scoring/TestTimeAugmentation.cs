using System.Numerics.Tensors;
using SegML.Images;
using SegML.Scoring.Tiles;
using SkiaSharp;

namespace SegML.Scoring;

/// <summary>
/// Scores an image in several views - mirrored, turned, larger, smaller - and averages their probabilities. What comes out are the
/// logarithms of the averages: as logits they give the same probabilities, so that all that reads logits reads them.
/// </summary>
/// <param name="options">Which views.</param>
internal sealed class TestTimeAugmentation(SegmenterOptions options)
{
    // Each with what undoes it.
    private static readonly (SKEncodedOrigin View, SKEncodedOrigin Back)[] All =
    [
        (SKEncodedOrigin.TopLeft, SKEncodedOrigin.TopLeft),
        (SKEncodedOrigin.TopRight, SKEncodedOrigin.TopRight),
        (SKEncodedOrigin.BottomLeft, SKEncodedOrigin.BottomLeft),
        (SKEncodedOrigin.BottomRight, SKEncodedOrigin.BottomRight),
        (SKEncodedOrigin.RightTop, SKEncodedOrigin.LeftBottom),
        (SKEncodedOrigin.LeftBottom, SKEncodedOrigin.RightTop),
        (SKEncodedOrigin.LeftTop, SKEncodedOrigin.LeftTop),
        (SKEncodedOrigin.RightBottom, SKEncodedOrigin.RightBottom),
    ];

    // A probability of less is no different from none.
    private const float Least = 1e-30f;

    // No network takes less; see InputOptions.SizeFor.
    private const int LeastSide = 16;

    /// <summary>Whether options ask for more than one plain view.</summary>
    public static bool IsWanted(SegmenterOptions options) => options.Scales is not [1.0] || Views(options) > 1;

    /// <inheritdoc cref="SegmenterOptions.Views"/>
    public static int Views(SegmenterOptions options) => All.Count(o => Has(o.View, options));

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
            using var upright = new RentedLogits(classes, height, width);
            foreach (double scale in options.Scales)
            {
                using RasterImage scaled = ImageResizer.Resize(pixels, Side(width, scale, step), Side(height, scale, step));
                foreach ((SKEncodedOrigin view, SKEncodedOrigin back) in All.Where(o => Has(o.View, options)))
                {
                    using RasterImage turned = scaled.Turn(view);
                    Score(session, context, NetworkImage.Exactly(turned, image.Statistics), scores.Values, Orientation.SwapsSides(view) ? (height, width) : (width, height));
                    Turn<float>(scores.Values, width, height, back, classes, upright.Values);
                    TensorPrimitives.Add<float>(sum.Values, upright.Values, sum.Values);
                }
            }
            TensorPrimitives.Divide(sum.Values, (float)options.Scales.Count * Views(options), sum.Values);
            if (session.Info.Classes.IsMultiLabel)
            {
                ToLogits(sum.Values);
                return sum;
            }
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

    /// <summary>The logits whose sigmoids are given probabilities.</summary>
    private static void ToLogits(Span<float> probabilities)
    {
        foreach (ref float p in probabilities)
        {
            float inside = Math.Clamp(p, 1e-7f, 1 - 1e-7f);
            p = MathF.Log(inside / (1 - inside));
        }
    }

    // Views are the closure of what is asked for: a flip of a turned image is one of the eight, and none counts twice.
    private static bool Has(SKEncodedOrigin view, SegmenterOptions options) => view switch
    {
        SKEncodedOrigin.TopLeft => true,
        SKEncodedOrigin.TopRight => options.Flip || options.VerticalFlip && options.Rotate90,
        SKEncodedOrigin.BottomLeft => options.VerticalFlip || options.Flip && options.Rotate90,
        SKEncodedOrigin.BottomRight => options.Rotate90 || options.Flip && options.VerticalFlip,
        SKEncodedOrigin.RightTop or SKEncodedOrigin.LeftBottom => options.Rotate90,
        _ => options.Rotate90 && (options.Flip || options.VerticalFlip),
    };

    private static void Score(ScoringSession session, ContextTensors? context, NetworkImage view, Span<float> scores, (int Width, int Height) size)
    {
        using ScoringRun run = session.Run([view], context);
        LogitsView logits = run.Logits(0);
        logits.Probabilities(session.Info.Classes, scores, size.Height, size.Width);
    }

    // The planes are of the view; width and height are the image's.
    private static void Turn<T>(ReadOnlySpan<T> planes, int width, int height, SKEncodedOrigin back, int count, Span<T> upright)
    {
        (int from, int down) = Orientation.SwapsSides(back) ? (height, width) : (width, height);
        for (int c = 0; c < count; c++)
        {
            Orientation.Apply(planes.Slice(c * width * height, width * height), from, down, back, upright.Slice(c * width * height, width * height));
        }
    }

    private static int Side(int side, double scale, int step)
    {
        int scaled = (int)Math.Round(side * scale / step) * step;
        return Math.Max(scaled, Math.Min(side, LeastSide));
    }
}
