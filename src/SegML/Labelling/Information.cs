using System.Runtime.InteropServices;
using SegML.Images;
using SegML.Scoring;

namespace SegML.Labelling;

/// <summary>What a model does not know of an image, 0 to 1.</summary>
internal static class Information
{
    public static double Entropy(SegmentationScores scores) => scores.Uncertainty().Average(u => (double)u);

    public static double Margin(SegmentationScores scores)
    {
        ReadOnlySpan<float> values = scores.Values;
        int pixels = scores.Width * scores.Height;
        double sum = 0;
        for (int i = 0; i < pixels; i++)
        {
            float first = 0, second = 0;
            for (int id = 0; id < scores.Classes.Count; id++)
            {
                float p = values[id * pixels + i];
                (first, second) = p > first ? (p, first) : (first, Math.Max(second, p));
            }
            sum += 1 - (first - second);
        }
        return sum / pixels;
    }

    /// <summary>The share of pixels whose class differs between an image and its mirror image.</summary>
    public static double Disagreement(SegmentationScores scores, SegmentationScores mirrored)
    {
        using Masks.SegmentationMask mask = scores.ToMask(), other = mirrored.ToMask();
        long differ = 0;
        for (int y = 0; y < mask.Height; y++)
        {
            ReadOnlySpan<byte> row = mask.Ids.Slice(y * mask.Width, mask.Width), turned = other.Ids.Slice(y * mask.Width, mask.Width);
            for (int x = 0; x < row.Length; x++)
            {
                differ += row[x] == turned[row.Length - 1 - x] ? 0 : 1;
            }
        }
        return (double)differ / (mask.Width * mask.Height);
    }

    public static RgbaImage Mirror(RgbaImage image)
    {
        var mirrored = new RgbaImage(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            Span<uint> to = MemoryMarshal.Cast<byte, uint>(mirrored.Row(y));
            MemoryMarshal.Cast<byte, uint>(image.Row(y)).CopyTo(to);
            to.Reverse();
        }
        return mirrored;
    }
}
