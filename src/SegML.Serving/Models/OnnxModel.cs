using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Serving.Models;

/// <summary>An ONNX model.</summary>
internal sealed class OnnxModel : LoadedModel
{
    private readonly Segmenter _segmenter;
    private readonly ImageReadOptions _reading;

    private OnnxModel(Segmenter segmenter, SegmenterOptions options)
    {
        _segmenter = segmenter;
        _reading = new ImageReadOptions { MaxPixels = options.MaxPixels, LeastDecoded = options.LeastDecoded };
    }

    public override ModelInfo Info => _segmenter.Info;

    public override ClassSet Classes => _segmenter.Info.Classes;

    public static OnnxModel Load(string path, SegmenterOptions options, RgbaImage picture)
    {
        Segmenter segmenter = Segmenter.Load(path, options);
        try
        {
            if (segmenter.Info.Input.Bands is null)
            {
                segmenter.Predict(picture).Dispose();
            }
            return new OnnxModel(segmenter, options);
        }
        catch
        {
            segmenter.Dispose();
            throw;
        }
    }

    public override (SegmentationMask Mask, SegmentationScores? Scores) Score(
        ReadOnlyMemory<byte> encoded, string name, int? maxSide, bool probabilities, CancellationToken cancellation)
    {
        ScoringOutputs wanted = probabilities ? ScoringOutputs.Mask | ScoringOutputs.Scores : ScoringOutputs.Mask;
        ScoredImage scored;
        if (maxSide is { } side)
        {
            using RasterImage image = ReducedPhoto.Read(encoded.Span, name, side, _reading);
            scored = _segmenter.Scoring.Score(new PixelSource(image), wanted, cancellation);
        }
        else
        {
            scored = _segmenter.Scoring.Score(new EncodedSource(encoded.Span, name), wanted, cancellation);
        }
        return (scored.Mask!, scored.Scores);
    }

    protected override void Free() => _segmenter.Dispose();
}
