using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Where each pixel of a crop lies in its sample when rotation, perspective or elastic shift join scale, place and flip: one map from
/// output to source, so that everything is read once and image and mask from the same place.
/// </summary>
internal sealed class Warp
{
    private readonly Homography _toSource;
    private readonly ElasticGrid? _elastic;
    private readonly double _pixel;

    private Warp(Homography toSource, ElasticGrid? elastic, CropWindow window)
    {
        _toSource = toSource;
        _elastic = elastic;
        _pixel = 1 / window.Scale;
    }

    /// <summary>Draws a warp; null where none is asked for.</summary>
    public static Warp? Draw(CropWindow window, int width, int height, AugmentationOptions options, SampleRandom random)
    {
        if (options is { Rotation: 0, Perspective: 0, Elastic: 0 })
        {
            return null;
        }
        double angle = random.Between(-options.Rotation, options.Rotation) * Math.PI / 180;
        Span<(double X, double Y)> corners = [(0, 0), (width, 0), (width, height), (0, height)];
        (double sine, double cosine) = Math.SinCos(angle);
        foreach (ref (double X, double Y) corner in corners)
        {
            double x = corner.X - 0.5 * width + width * random.Between(-options.Perspective, options.Perspective);
            double y = corner.Y - 0.5 * height + height * random.Between(-options.Perspective, options.Perspective);
            (double turnedX, double turnedY) = (x * cosine - y * sine + 0.5 * width, x * sine + y * cosine + 0.5 * height);
            corner = window.Source(turnedX, turnedY, width, height);
        }
        ElasticGrid? elastic = options.Elastic > 0
            ? ElasticGrid.Draw(options.Elastic, options.ElasticCell, width, height, ref random)
            : null;
        return new Warp(Homography.ToQuad(width, height, corners), elastic, window);
    }

    /// <summary>Maps a row's pixel centres.</summary>
    /// <param name="y">The row.</param>
    /// <param name="sourceWidth">The sample's width.</param>
    /// <param name="sourceHeight">The sample's height.</param>
    /// <param name="columns">Receives where each pixel reads across.</param>
    /// <param name="rows">Receives where each pixel reads down.</param>
    public void Row(int y, int sourceWidth, int sourceHeight, Span<Tap> columns, Span<Tap> rows)
    {
        Homography m = _toSource;
        double centre = y + 0.5;
        double numeratorX = m.B * centre + m.C, numeratorY = m.E * centre + m.F, denominator = m.H * centre + 1;
        _elastic?.MoveTo(y);
        for (int x = 0; x < columns.Length; x++)
        {
            double across = x + 0.5, part = 1 / (m.G * across + denominator);
            double sourceX = (m.A * across + numeratorX) * part, sourceY = (m.D * across + numeratorY) * part;
            if (_elastic is not null)
            {
                (float shiftX, float shiftY) = _elastic.At(x);
                sourceX += shiftX * _pixel;
                sourceY += shiftY * _pixel;
            }
            columns[x] = Tap.At(sourceX, sourceWidth);
            rows[x] = Tap.At(sourceY, sourceHeight);
        }
    }
}
