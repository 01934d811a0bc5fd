using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using SegML.Images;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Probabilities as a column, alone and with batches asked for, which they do not take part in.</summary>
[TestClass]
public sealed class ApplySegmentationModelScoresTests
    : EstimatorContract<ApplySegmentationModelScoresTests.Input, ApplySegmentationModelScoresTests.Output>
{
    protected override string InputColumnName => nameof(Input.ImagePath);

    protected override string OutputColumnName => nameof(Output.Score);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => new Input { Id = i, ImagePath = ImageOf(i) })];

    protected override Input BadRow => new() { ImagePath = Folder.File("missing.png") };

    protected override IEstimator<ITransformer> Create(string inputColumnName) =>
        ML.Transforms.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
        {
            InputColumnName = inputColumnName,
            ModelFile = Folder.File("model.onnx", TinyModel.Create()),
            ScoreColumnName = "Score",
            Segmenter = new SegmenterOptions { BatchSize = 3, Threads = 1 },
        });

    protected override string Print(Output output) =>
        $"{output.Score.Length} {Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(output.Score)))}";

    private string ImageOf(int i)
    {
        string path = Folder.File($"{i}.png");
        if (!File.Exists(path))
        {
            using RgbaImage image = TestImages.Noise(40 + 3 * i, 30 - i, seed: i);
            ImageFile.Write(path, image);
        }
        return path;
    }

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        public string ImagePath { get; set; } = "";
    }

    public sealed class Output
    {
        public float[] Score { get; set; } = [];
    }
}
