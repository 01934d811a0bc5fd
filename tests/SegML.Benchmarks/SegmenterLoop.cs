using SegML.Masks;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>SegML without ML.NET: <see cref="Segmenter.Predict(string)"/>, each mask disposed before the next.</summary>
internal sealed class SegmenterLoop(IReadOnlyList<string> files, string modelPath, int threads) : Contender("SegML Segmenter")
{
    private readonly Segmenter _segmenter = Segmenter.Load(modelPath, new SegmenterOptions { Threads = threads });
    private SegmentationMask? _mask;

    public override ReadOnlySpan<byte> Score(int file)
    {
        _mask?.Dispose();
        _mask = _segmenter.Predict(files[file]);
        return _mask.Ids;
    }

    public override void Dispose() => _segmenter.Dispose();
}
