#:project ../src/SegML.MLNet/SegML.MLNet.csproj
#:property PublishAot=false

// SegML before a stock trainer: how much of the picture is road, from what a segmentation model sees in it.
//
//   dotnet run pipelines/road-share.cs -- [MODEL.onnx]
//
// Draws streets whose road it knows, turns each into the area shares of all classes, lets ML.NET's SDCA learn the true share from
// them, and checks it on streets that it has not seen. Then it saves the whole chain, loads it, and asks it for one more.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using SegML.Images;
using SegML.MLNet;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string here = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
string modelFile = args is [var first, ..] ? first : Path.Combine(here, "../onnx/camvid-fcn-light.onnx");

var ml = new MLContext(seed: 1);
IDataView train = ml.Data.LoadFromEnumerable(Street.Draw(count: 40, seed: 1));
IDataView test = ml.Data.LoadFromEnumerable(Street.Draw(count: 16, seed: 2));

// SDCA goes through the rows many times: with the checkpoint the network sees each picture once. Shares sum to 1, so that a bias
// would say nothing new, and SDCA's own step for it is too long for features this small.
IEstimator<ITransformer> chain = ml.Transforms.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
{
    InputColumnName = nameof(Street.Picture),
    ModelFile = modelFile,
    SharesColumnName = "Shares",
})
    .Append(ml.Transforms.Concatenate("Features", "Shares"))
    .AppendCacheCheckpoint(ml)
    .Append(ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options
    {
        LabelColumnName = nameof(Street.RoadShare),
        NumberOfThreads = 1,
        BiasLearningRate = 0,
        L2Regularization = 1e-4f,
        MaximumNumberOfIterations = 200,
    }));

ITransformer model = chain.Fit(train);
RegressionMetrics metrics = ml.Regression.Evaluate(model.Transform(test), labelColumnName: nameof(Street.RoadShare));
Console.WriteLine($"unseen streets: R2 {metrics.RSquared:0.000}, mean error {100 * metrics.MeanAbsoluteError:0.0} % of the picture");

string saved = Path.Combine(Path.GetTempPath(), $"road-share-{Guid.NewGuid():N}.zip");
try
{
    ml.Model.Save(model, train.Schema, saved);
    ITransformer loaded = new MLContext().Model.Load(saved, out _);
    using PredictionEngine<Street, Estimate> engine = ml.Model.CreatePredictionEngine<Street, Estimate>(loaded);
    Street street = Street.Draw(count: 1, seed: 3).Single();
    Console.WriteLine($"one more, loaded from a file: {100 * engine.Predict(street).Score:0.0} % road, drawn were {100 * street.RoadShare:0.0} %");
}
finally
{
    File.Delete(saved);
}

/// <summary>A picture of a street, drawn: sky, houses, pavements, and a road between them.</summary>
internal sealed class Street
{
    private const int Width = 240, Height = 180;

    /// <summary>The picture, as a PNG file.</summary>
    public byte[] Picture { get; set; } = [];

    /// <summary>The road's share of it, 0 to 1.</summary>
    public float RoadShare { get; set; }

    /// <summary>Streets of every width, the same for the same seed.</summary>
    public static Street[] Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Draw(random))];
    }

    private static Street Draw(Random random)
    {
        double horizon = Height * (0.35 + 0.2 * random.NextDouble());
        double centre = Width * (0.4 + 0.2 * random.NextDouble()), half = Width * (0.1 + 0.6 * random.NextDouble());
        int light = random.Next(-20, 20), road = 0;
        using var image = new RgbaImage(Width, Height);
        for (int y = 0; y < Height; y++)
        {
            // How near the ground is: 0 at the horizon, 1 at the bottom.
            double near = (y - horizon) / (Height - horizon);
            for (int x = 0; x < Width; x++)
            {
                double aside = Math.Abs(x - centre) / Math.Max(1, half * near), edge = Math.Abs(x - centre) / Width;
                bool isRoad = near > 0 && aside < 1;
                road += isRoad ? 1 : 0;
                (int r, int g, int b) = (near, aside) switch
                {
                    ( <= 0, _) when y > horizon * (1 - 1.6 * edge) => (132 - 40 * (x / 24 % 2), 104, 92),
                    ( <= 0, _) => (205, 215, 230),
                    (_, < 1) => (96, 94, 98),
                    (_, < 1.5) => (150, 140, 135),
                    _ => (110, 92, 84),
                };
                int grain = light + random.Next(-9, 10);
                Span<byte> pixel = image.Row(y).Slice(4 * x, 4);
                pixel[0] = (byte)Math.Clamp(r + grain, 0, 255);
                pixel[1] = (byte)Math.Clamp(g + grain, 0, 255);
                pixel[2] = (byte)Math.Clamp(b + grain, 0, 255);
                pixel[3] = 255;
            }
        }
        return new Street { Picture = ImageFile.EncodePng(image), RoadShare = (float)road / (Width * Height) };
    }
}

/// <summary>What the chain says of a street.</summary>
internal sealed class Estimate
{
    public float Score { get; set; }
}
