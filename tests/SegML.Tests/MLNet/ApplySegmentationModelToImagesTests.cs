using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Scoring of images in memory, each of another size.</summary>
[TestClass]
public sealed class ApplySegmentationModelToImagesTests
    : EstimatorContract<ApplySegmentationModelToImagesTests.Input, ApplySegmentationModelToImagesTests.Output>
{
    protected override string InputColumnName => nameof(Input.Image);

    protected override string OutputColumnName => nameof(Output.PredictedMask);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => new Input { Id = i, Image = TestImages.MLNoise(40 + 3 * i, 30 - i, seed: i) })];

    protected override Input BadRow => new();

    protected override IEstimator<ITransformer> Create(string inputColumnName)
    {
        string model = Folder.File("model.onnx");
        if (!File.Exists(model))
        {
            File.WriteAllBytes(model, TinyModel.Create());
        }
        return ML.Transforms.ApplySegmentationModel("PredictedMask", inputColumnName, model, new SegmenterOptions { Threads = 1 });
    }

    protected override string Print(Output output) =>
        $"{output.PredictedMask!.Width}x{output.PredictedMask.Height} {Convert.ToHexString(SHA256.HashData(output.PredictedMask.Ids))}";

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        [AnySizeImage]
        public MLImage? Image { get; set; }
    }

    public sealed class Output
    {
        public SegmentationMask? PredictedMask { get; set; }
    }
}
