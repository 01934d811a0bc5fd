using SegML.Files;
using SegML.Masks;

namespace SegML.Scoring;

/// <summary>Scores as pictures: what the network is sure of, and where it is not.</summary>
public static class ScoreMaps
{
    /// <summary>
    /// How uncertain each pixel's class is: the entropy of its probabilities, divided by the greatest there can be, ln of the number of classes.
    /// </summary>
    /// <param name="scores">The scores.</param>
    /// <returns>[H, W]: 0 where one class is certain, 1 where all are as probable.</returns>
    /// <exception cref="ObjectDisposedException">The scores were disposed.</exception>
    public static float[] Uncertainty(this SegmentationScores scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var uncertainty = new float[scores.Width * scores.Height];
        if (scores.Classes.Count < 2)
        {
            return uncertainty;
        }
        float scale = 1 / MathF.Log(scores.Classes.Count);
        for (int id = 0; id < scores.Classes.Count; id++)
        {
            ReadOnlySpan<float> probabilities = scores.Of(id);
            for (int i = 0; i < uncertainty.Length; i++)
            {
                float p = probabilities[i];
                uncertainty[i] -= p > 0 ? scale * p * MathF.Log(p) : 0;
            }
        }
        return uncertainty;
    }

    /// <summary>Writes <see cref="Uncertainty"/> as an 8-bit grey PNG, whole or not at all: black is certain, white could be any class.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="path">The file, customarily .png.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void SaveUncertainty(this SegmentationScores scores, string path)
    {
        ArgumentNullException.ThrowIfNull(scores);
        Save(scores, scores.Uncertainty(), path);
    }

    /// <summary>Writes one class's probabilities as an 8-bit grey PNG, whole or not at all: black is 0, white (255) is 1.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="id">The class's id.</param>
    /// <param name="path">The file, customarily .png.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void SaveProbability(this SegmentationScores scores, int id, string path)
    {
        ArgumentNullException.ThrowIfNull(scores);
        Save(scores, scores.Of(id), path);
    }

    private static void Save(SegmentationScores scores, ReadOnlySpan<float> shares, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] grey = new byte[shares.Length];
        for (int i = 0; i < grey.Length; i++)
        {
            grey[i] = (byte)Math.Clamp(MathF.Round(255 * shares[i]), 0, 255);
        }
        AtomicFile.Write(path, stream => PngWriter.WriteGrey(stream, grey, scores.Width, scores.Height));
    }
}
