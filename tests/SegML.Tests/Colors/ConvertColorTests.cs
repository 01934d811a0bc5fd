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
    public void Planes_are_the_converters(ColorSpace space)
    {
        using RgbaImage pixels = TestImages.Noise(7, 5, seed: 3);
        IDataView data = Load(new Input { Image = TestImages.MLNoise(7, 5, seed: 3) });
        float[] planes = ML.Data.CreateEnumerable<Output>(
            ML.Transforms.ConvertColor("Planes", "Image", space).Fit(data).Transform(data), false).Single().Planes;
        CollectionAssert.AreEqual(Palettes.Convert(pixels, space), planes);
    }

    [TestMethod]
    public void Images_of_one_size_give_vectors_whose_type_says_it()
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
    public void A_conversion_of_ones_own_is_used()
    {
        IDataView data = Load(Rows);
        ConvertColorEstimator estimator = ML.Transforms.ConvertColor("Planes", "Image", ColorSpace.Lab,
            (image, space, planes) => planes.Fill((float)space + image.Width));
        CollectionAssert.AreEqual(Enumerable.Range(5, 6).Select(w => (float)ColorSpace.Lab + w).ToArray(),
            estimator.Fit(data).Transform(data).GetColumn<float[]>("Planes").Select(p => p.Distinct().Single()).ToArray());
    }

    [TestMethod]
    public void Who_converts_before_a_network_is_told_that_it_converts_for_itself()
    {
        IDataView data = ML.Data.LoadFromEnumerable([new SizedInput { Image = TestImages.MLNoise(6, 4, seed: 1) }]);
        IDataView converted = ML.Transforms.ConvertColor("Image", to: ColorSpace.Lab).Fit(data).Transform(data);
        string model = Folder.File("tiny.onnx", TinyModel.Create());
        foreach (IEstimator<ITransformer> network in (IEstimator<ITransformer>[])
            [ML.Transforms.ApplySegmentationModel("PredictedMask", "Image", model), ML.MulticlassClassification.Trainers.ImageSegmentation()])
        {
            var e = Assert.ThrowsExactly<SchemaException>(() => network.GetOutputSchema(MLNetInternals.ShapeOf(converted.Schema)));
            StringAssert.Contains(e.Message, "set ColorSpace in the trainer's options, or input.colorSpace in the pipeline file");
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
