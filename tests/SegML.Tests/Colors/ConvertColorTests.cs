using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Colors;
using SegML.Images;
using SegML.MLNet;
using SegML.Tests.Images;
using SegML.Tests.MLNet;
using SegML.Tests.Scoring;

namespace SegML.Tests.Colors;

[TestClass]
public sealed class ConvertColorTests : EstimatorContract<ConvertColorTests.Input, ConvertColorTests.Output>
{
    protected override string InputColumnName => nameof(Input.Image);

    protected override string OutputColumnName => nameof(Output.Planes);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => new Input { Id = i, Image = TestImages.MLNoise(5 + i, 4, seed: i) })];

    protected override Input BadRow => new() { Image = null };

    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void PlanesAreTheConverters(ColorSpace space)
    {
        using RgbaImage pixels = TestImages.Noise(7, 5, seed: 3);
        IDataView data = Load(new Input { Image = TestImages.MLNoise(7, 5, seed: 3) });
        float[] planes = ML.Data.CreateEnumerable<Output>(
            ML.Transforms.ConvertColor("Planes", "Image", space).Fit(data).Transform(data), false).Single().Planes;
        CollectionAssert.AreEqual(Palettes.Convert(pixels, space), planes);
    }

    [TestMethod]
    public void ImagesOfOneSizeGiveVectorsWhoseTypeSaysIt()
    {
        IDataView data = ML.Data.LoadFromEnumerable([new SizedInput { Image = TestImages.MLNoise(6, 4, seed: 1) }]);
        IDataView converted = ML.Transforms.ConvertColor("Image", to: ColorSpace.Cmyk).Fit(data).Transform(data);
        var type = (VectorDataViewType)converted.Schema["Image"].Type;
        CollectionAssert.AreEqual(new[] { 4, 4, 6 }, type.Dimensions.ToArray());
        Assert.HasCount(96, converted.GetColumn<float[]>("Image").Single());
        // And where sizes differ, it does not.
        data = Load(Rows);
        Assert.IsFalse(((VectorDataViewType)Create("Image").Fit(data).Transform(data).Schema["Planes"].Type).IsKnownSize);
    }

    [TestMethod]
    public void AConversionOfOnesOwnIsUsed()
    {
        IDataView data = Load(Rows);
        ConvertColorEstimator estimator = ML.Transforms.ConvertColor("Planes", "Image", ColorSpace.Lab,
            (image, space, planes) => planes.Fill((float)space + image.Width));
        CollectionAssert.AreEqual(Enumerable.Range(5, 6).Select(w => (float)ColorSpace.Lab + w).ToArray(),
            estimator.Fit(data).Transform(data).GetColumn<float[]>("Planes").Select(p => p.Distinct().Single()).ToArray());
    }

    [TestMethod]
    public void PlanesThatDoNotSayTheirSpaceAreRefusedByNetworks()
    {
        IDataView data = ML.Data.LoadFromEnumerable([new SizedInput { Image = TestImages.MLNoise(6, 4, seed: 1) }]);
        IDataView extracted = ML.Transforms.ExtractPixels("Image").Fit(data).Transform(data);
        string model = Folder.File("tiny.onnx", TinyModel.Create());
        foreach (IEstimator<ITransformer> network in (IEstimator<ITransformer>[])
            [ML.Transforms.ApplySegmentationModel("PredictedMask", "Image", model), ML.MulticlassClassification.Trainers.ImageSegmentation()])
        {
            var e = Assert.ThrowsExactly<SchemaException>(() => network.GetOutputSchema(MLNetInternals.ShapeOf(extracted.Schema)));
            StringAssert.Contains(e.Message, "name the column of the images themselves, or make planes with ConvertColor, which says their colour space");
        }
    }

    [TestMethod]
    public void SizesStandInAColumnBesideWhereTheyDiffer()
    {
        IDataView data = Load(Rows);
        IDataView converted = Create("Image").Fit(data).Transform(data);
        CollectionAssert.AreEqual(Enumerable.Range(5, 6).Select(w => $"4 {w}").ToArray(),
            converted.GetColumn<int[]>("Planes.Size").Select(s => string.Join(' ', s)).ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void PlanesAreScoredAsTheImagesThatTheyWereMadeOf(ColorSpace space)
    {
        string model = Folder.File("tiny.onnx", TinyModel.Create());
        bool isGray = space is ColorSpace.Gray601 or ColorSpace.Gray709;
        Input[] rows = [.. Enumerable.Range(0, 3).Select(i => new Input { Id = i, Image = isGray ? Gray(40 + i) : TestImages.MLNoise(40 + i, 30, seed: i) })];
        IDataView data = Load(rows);
        foreach (int batchSize in (int[])[1, 4])
        {
            var options = new SegML.Scoring.SegmenterOptions { BatchSize = batchSize };
            IDataView direct = ML.Transforms.ApplySegmentationModel("M", "Image", model, options).Fit(data).Transform(data);
            IDataView planes = ML.Transforms.ConvertColor("Planes", "Image", space).Append(ML.Transforms.ApplySegmentationModel("M", "Planes", model, options)).Fit(data).Transform(data);
            CollectionAssert.AreEqual(Masks(direct), Masks(planes));
        }

        static string[] Masks(IDataView view) => [.. view.GetColumn<SegML.Masks.SegmentationMask>("M").Select(m => $"{m.Width}x{m.Height} {Convert.ToHexString(m.Ids)}")];

        static MLImage Gray(int width)
        {
            using RgbaImage image = TestImages.Noise(width, 30, seed: width);
            for (int i = 0; i < image.Pixels.Length; i += 4)
            {
                image.Pixels[i + 1] = image.Pixels[i + 2] = image.Pixels[i];
            }
            return MLImage.CreateFromPixels(width, 30, MLPixelFormat.Rgba32, image.Pixels);
        }
    }

    protected override IEstimator<ITransformer> Create(string inputColumnName) =>
        ML.Transforms.ConvertColor("Planes", inputColumnName, ColorSpace.Lab);

    protected override string Print(Output output) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(output.Planes)));

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        [AnySizeImage]
        public MLImage? Image { get; set; }
    }

    public sealed class SizedInput
    {
        [Microsoft.ML.Transforms.Image.ImageType(4, 6)]
        public MLImage? Image { get; set; }
    }

    public sealed class Output
    {
        public float[] Planes { get; set; } = [];
    }
}
