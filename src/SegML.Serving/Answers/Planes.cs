using SegML.Images;
using SegML.Scoring;

namespace SegML.Serving.Answers;

/// <summary>
/// What the page draws from: a PNG whose red is the mask's value, whose green is the probability of the pixel's class and whose blue is its
/// uncertainty, 0 to 255 for 0 to 1. One picture, which every browser decodes exactly.
/// </summary>
internal static class Planes
{
    public static byte[] Encode(ScoredUpload scored)
    {
        ReadOnlySpan<byte> ids = scored.Mask.Ids;
        using var planes = new RgbaImage(scored.Mask.Width, scored.Mask.Height);
        Span<byte> to = planes.Pixels;
        float[]? uncertainty = scored.Scores?.Uncertainty();
        ReadOnlySpan<float> values = scored.Scores is { } scores ? scores.Values : [];
        for (int i = 0; i < ids.Length; i++)
        {
            (to[4 * i], to[4 * i + 3]) = (ids[i], 255);
            (to[4 * i + 1], to[4 * i + 2]) = uncertainty is null ? default : (Byte(Probability(values, ids, i, scored.Mask.Classes)), Byte(uncertainty[i]));
        }
        return ImageFile.EncodePng(planes);
    }

    // Where classes overlap: that of the most probable one.
    private static float Probability(ReadOnlySpan<float> values, ReadOnlySpan<byte> ids, int pixel, Masks.ClassSet classes)
    {
        if (!classes.IsMultiLabel)
        {
            return ids[pixel] < classes.Count ? values[ids[pixel] * ids.Length + pixel] : 0;
        }
        float greatest = 0;
        for (int id = 0; id < classes.Count; id++)
        {
            greatest = Math.Max(greatest, values[id * ids.Length + pixel]);
        }
        return greatest;
    }

    private static byte Byte(float share) => (byte)Math.Clamp(MathF.Round(255 * share), 0, 255);
}
