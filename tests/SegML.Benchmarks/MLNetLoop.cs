using Microsoft.ML;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>SegML's ML.NET chain, as an application saves and loads it: paths in, masks out, through a
/// prediction engine. Each mask is disposed before the next, as in an application that is done with it.</summary>
internal sealed class MLNetLoop : Contender
{
    private readonly IReadOnlyList<string> _files;
    private readonly PredictionEngine<Row, Prediction> _engine;
    private SegmentationMask? _mask;

    public MLNetLoop(IReadOnlyList<string> files, string modelPath, int threads)
        : base("SegML ML.NET chain")
    {
        _files = files;
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(files.Select(f => new Row { ImagePath = f }).ToArray());
        var chain = ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", modelPath, new SegmenterOptions { Threads = threads });
        _engine = ml.Model.CreatePredictionEngine<Row, Prediction>(chain.Fit(data));
    }

    public override ReadOnlySpan<byte> Score(int file)
    {
        _mask?.Dispose();
        _mask = _engine.Predict(new Row { ImagePath = _files[file] }).PredictedMask!;
        return _mask.Ids;
    }

    public override void Dispose() => _engine.Dispose();

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Prediction
    {
        public SegmentationMask? PredictedMask { get; set; }
    }
}
