namespace SegML.Scoring.Detection;

/// <summary>An object in the network's own pixels.</summary>
/// <param name="Left">The box's left edge.</param>
/// <param name="Top">The box's upper edge.</param>
/// <param name="Right">The box's right edge.</param>
/// <param name="Bottom">The box's lower edge.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="ClassId">The class.</param>
/// <param name="Coefficients">What the prototypes are multiplied with for its mask.</param>
internal readonly record struct Detection(float Left, float Top, float Right, float Bottom, float Score, int ClassId, float[] Coefficients)
{
    public float Area => Math.Max(Right - Left, 0) * Math.Max(Bottom - Top, 0);

    /// <summary>The share of the union that two boxes have in common.</summary>
    public float Overlap(Detection other)
    {
        float width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left), height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
        float common = Math.Max(width, 0) * Math.Max(height, 0);
        return common <= 0 ? 0 : common / (Area + other.Area - common);
    }
}

/// <summary>Reads the boxes of a YOLO segmentation model.</summary>
internal static class Detections
{
    private const int Box = 4;

    // The objects that are looked at for overlaps, those with the highest scores.
    private const int MostCandidates = 30_000;

    /// <summary>Of a head with an anchor a column, [4 + classes + coefficients, anchors] (v8, v9, v11, v12): centre, size, a score a class, coefficients.</summary>
    public static List<Detection> Anchored(ReadOnlySpan<float> values, int anchors, int classes, int coefficients, DetectionOptions options)
    {
        var found = new List<Detection>();
        for (int a = 0; a < anchors; a++)
        {
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                best = values[(Box + c) * anchors + a] > values[(Box + best) * anchors + a] ? c : best;
            }
            float score = values[(Box + best) * anchors + a];
            if (!(score > options.Confidence))
            {
                continue;
            }
            float[] own = new float[coefficients];
            for (int k = 0; k < own.Length; k++)
            {
                own[k] = values[(Box + classes + k) * anchors + a];
            }
            float x = values[a], y = values[anchors + a], halfWidth = values[2 * anchors + a] / 2, halfHeight = values[3 * anchors + a] / 2;
            found.Add(new Detection(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight, score, best, own));
        }
        return Suppressed(found, options);
    }

    /// <summary>Of a head with an object a row, [objects, 6 + coefficients] (v10, v26, end to end): corners, score, class, coefficients.</summary>
    public static List<Detection> Chosen(ReadOnlySpan<float> values, int objects, int classes, int coefficients, DetectionOptions options)
    {
        var found = new List<Detection>();
        int length = Box + 2 + coefficients;
        for (int i = 0; i < objects; i++)
        {
            ReadOnlySpan<float> row = values.Slice(i * length, length);
            int id = (int)row[5];
            if (row[4] > options.Confidence && id >= 0 && id < classes)
            {
                found.Add(new Detection(row[0], row[1], row[2], row[3], row[4], id, row[6..].ToArray()));
            }
        }
        return [.. found.OrderByDescending(d => d.Score).Take(options.MostInstances)];
    }

    // Greedy non-maximum suppression.
    private static List<Detection> Suppressed(List<Detection> found, DetectionOptions options)
    {
        var kept = new List<Detection>();
        foreach (Detection next in found.OrderByDescending(d => d.Score).Take(MostCandidates))
        {
            if (kept.Count == options.MostInstances)
            {
                break;
            }
            if (kept.TrueForAll(k => (k.ClassId != next.ClassId && !options.AcrossClasses) || k.Overlap(next) <= options.MostOverlap))
            {
                kept.Add(next);
            }
        }
        return kept;
    }
}
