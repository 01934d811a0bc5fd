using SegML.Masks;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>What one run of the network said of one image.</summary>
internal sealed class RowPrediction : IDisposable
{
    private readonly SegmentationMask _mask;
    private bool _maskIsTaken;

    /// <param name="mask">The mask.</param>
    /// <param name="scores">The probabilities, where they are wanted.</param>
    /// <param name="wanted">What will be asked for.</param>
    public RowPrediction(SegmentationMask mask, SegmentationScores? scores, WantedColumns wanted)
    {
        _mask = mask;
        Scores = scores;
        // Now, because the caller who takes the mask may dispose it before the shares are asked for.
        Shares = wanted.Shares ? Array.ConvertAll(mask.Shares(), s => (float)s) : [];
    }

    /// <summary>The probabilities.</summary>
    public SegmentationScores? Scores { get; }

    /// <summary>Each class's share of the image's area.</summary>
    public float[] Shares { get; }

    /// <summary>The mask, which is then the taker's.</summary>
    public SegmentationMask TakeMask()
    {
        _maskIsTaken = true;
        return _mask;
    }

    /// <summary>Gives back the memory that nobody else holds.</summary>
    public void Dispose()
    {
        Scores?.Dispose();
        if (!_maskIsTaken)
        {
            _mask.Dispose();
        }
    }
}

/// <summary>What is asked for besides the mask.</summary>
/// <param name="Scores">Probabilities.</param>
/// <param name="Shares">Area shares.</param>
internal readonly record struct WantedColumns(bool Scores, bool Shares);
