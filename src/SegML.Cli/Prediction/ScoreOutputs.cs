using SegML.Masks;
using SegML.Scoring;

namespace SegML.Cli.Prediction;

/// <summary>Which maps of an image's probabilities are written beside its mask.</summary>
/// <param name="Probabilities">NAME.scores/ID-CLASS.png, a grey picture a class.</param>
/// <param name="Uncertainty">NAME.uncertainty.png.</param>
internal readonly record struct ScoreOutputs(bool Probabilities, bool Uncertainty)
{
    /// <summary>Whether the probabilities are needed at all.</summary>
    public bool Any => Probabilities || Uncertainty;

    /// <summary>Writes the maps.</summary>
    /// <param name="file">The image.</param>
    /// <param name="scores">Its probabilities.</param>
    /// <param name="folder">The folder of the results.</param>
    public void Write(string file, SegmentationScores scores, string folder)
    {
        if (Probabilities)
        {
            string own = PredictInputs.ScoresOf(file, folder);
            foreach (SegmentationClass c in scores.Classes.Classes)
            {
                scores.SaveProbability(c.Id, Path.Combine(own, $"{c.Id:00}-{FileName(c.Name)}.png"));
            }
        }
        if (Uncertainty)
        {
            scores.SaveUncertainty(PredictInputs.UncertaintyOf(file, folder));
        }
    }

    // The same name on every system.
    public static string FileName(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ' ' ? c : '_'));
}
