using System.Text;
using SegML.Colors;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SegML.Tests.Training;
using SegML.Training.Data;

namespace SegML.Tests.Scoring;

/// <summary>16 bits, bands and each image's own normalisation: the same numbers at training and at scoring.</summary>
[TestClass]
public sealed class DepthTests
{
    private const int Width = 40, Height = 32;

    private static readonly AugmentationOptions Nothing = new() { ScaleMin = 1, ScaleMax = 1, Flip = 0, Brightness = 0, Contrast = 0, Saturation = 0, ChannelGain = 0 };

    [TestMethod]
    public void AConstantOf16BitsArrivesWhole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.png", new TestPng { Width = Width, Height = Height, Depth = 16, Sample = (_, _, _) => 0x0DFF }.Encode());
        foreach (ColorSpace space in (ColorSpace[])[ColorSpace.Rgb, ColorSpace.Gray601])
        {
            (float[] scored, float[] trained) = Inputs(folder, path, new InputOptions { Width = Width, Height = Height, ColorSpace = space, Normalization = InputNormalization.MinMax });
            foreach (float value in scored.Concat(trained))
            {
                Assert.AreEqual(0x0DFF / 65535f, value, 1e-7f);
            }
        }
    }

    [TestMethod]
    [DataRow("{ \"colorSpace\": \"lab\" }", false)]
    [DataRow("{ \"normalization\": \"zScore\" }", false)]
    [DataRow("{ \"normalization\": \"zScoreChannel\" }", true)]
    [DataRow("{ \"normalization\": \"zScoreChannel\", \"colorSpace\": \"gray709\" }", true)]
    [DataRow("{ \"bands\": [2, 0, 1, 0, 2] }", true)]
    [DataRow("{ \"bands\": [3, 1], \"normalization\": \"zScore\" }", false)]
    public void TrainingGetsTheNumbersThatScoringGets(string declared, bool bytes)
    {
        using var folder = new TemporaryFolder();
        byte[] file = bytes ? Noise(8) : Noise(16);
        InputOptions input = Read(folder, declared) with { Width = Width, Height = Height };
        (float[] scored, float[] trained) = Inputs(folder, folder.File("a.png", file), input);
        for (int i = 0; i < scored.Length; i++)
        {
            Assert.AreEqual(scored[i], trained[i], 3e-6f * Math.Max(1, Math.Abs(scored[i])));
        }
        if (input.IsNormalizedByImage)
        {
            double mean = scored.Average(v => (double)v), variance = scored.Average(v => (v - mean) * (v - mean));
            Assert.AreEqual(0, mean, 1e-4);
            Assert.AreEqual(1, variance, 1e-3);
        }
    }

    [TestMethod]
    public void ACropIsNormalisedAsItsWholeImageIs()
    {
        using var folder = new TemporaryFolder();
        // Left half dark, right half light: crops of one half have a mean of their own.
        string path = folder.File("a.png", new TestPng { Width = Width, Height = Height, Sample = (x, _, _) => x < Width / 2 ? 50 : 200 }.Encode());
        var input = new InputOptions { Width = Width, Height = Height, Normalization = InputNormalization.ZScoreImage };
        Pipeline pipeline = PipelineOf(input, Nothing with { CropWidth = 8, CropHeight = 8 });
        using var cache = new SampleCache(SampleSource.FromFiles([new DatasetItem(path, Mask(folder))], TinyModel.Classes), input, long.MaxValue);
        using var loader = new BatchLoader(cache, pipeline, 1);
        for (int epoch = 0; epoch < 4; epoch++)
        {
            using Batch batch = loader.Epoch(epoch, CancellationToken.None).Single();
            // But for a column that the edge runs through, all are one standard deviation from the whole image's mean.
            Assert.IsGreaterThanOrEqualTo(7 * 8 * 3, batch.Values().ToArray().Count(v => Math.Abs(Math.Abs(v) - 1) < 1e-4f));
        }
    }

    [TestMethod]
    public void AConstantImageBecomesZerosAndNoNoise()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.png", new TestPng { Width = 21, Height = 11, Depth = 16, Sample = (_, _, _) => 12345 }.Encode());
        using NetworkImage image = NetworkImage.Read(path, new InputOptions { Width = 40, Height = 40, Normalization = InputNormalization.ZScoreImage });
        float[] values = new float[3 * image.Pixels.Width * image.Pixels.Height];
        image.Fill(new InputOptions { Normalization = InputNormalization.ZScoreImage }, values);
        Assert.IsTrue(values.All(v => Math.Abs(v) < 0.1f));
    }

    [TestMethod]
    public void What8BitsWouldNotShowDecidesTheMask()
    {
        using var folder = new TemporaryFolder();
        // Of each stripe another channel is greatest, by less than a byte's step.
        string path = folder.File("a.png", new TestPng { Width = 48, Height = 32, Depth = 16, Kind = 2, Sample = (x, _, c) => 0x0D10 + (3 * x / 48 == c ? 0x60 : 0) }.Encode());
        byte[] model = TinyModel.Create();
        foreach (SegmenterOptions options in (SegmenterOptions[])
            [new(), new() { Flip = true }, new() { Tiles = new TileOptions { Size = 16, AbovePixels = 0 } }])
        {
            using Segmenter segmenter = Segmenter.Load(model, "tiny", options);
            using SegmentationMask read = segmenter.Predict(path), decoded = segmenter.Predict(File.ReadAllBytes(path), "a"),
                streamed = segmenter.Predict(new MemoryStream(File.ReadAllBytes(path)), "a");
            using RasterImage raster = ImageFile.ReadRaster(path);
            using SegmentationMask handed = segmenter.Predict(raster);
            foreach (SegmentationMask mask in (SegmentationMask[])[read, decoded, streamed, handed])
            {
                for (int x = 0; x < 48; x++)
                {
                    Assert.AreEqual(3 * x / 48, mask[x, 7], $"{options} at {x}");
                }
            }
        }
    }

    [TestMethod]
    public void TilesAreNormalisedByTheWholeImage()
    {
        using var folder = new TemporaryFolder();
        ModelInfo info = TinyModel.Info with { Input = new InputOptions { Width = 48, Height = 32, Normalization = InputNormalization.ZScoreChannel } };
        byte[] model = TinyModel.Create(info);
        using (RgbaImage noise = TestImages.Noise(48, 32, seed: 5))
        {
            ImageFile.Write(folder.File("8.png"), noise);
        }
        folder.File("16.png", new TestPng { Width = 48, Height = 32, Depth = 16, Kind = 2, Sample = DeepImageTests.Sample }.Encode());
        using Segmenter whole = Segmenter.Load(model, "tiny"), tiles = Segmenter.Load(model, "tiny", new SegmenterOptions { Tiles = new TileOptions { Size = 16, AbovePixels = 0 } });
        foreach (string name in (string[])["8.png", "16.png"])
        {
            CollectionAssert.AreEqual(whole.Predict(folder.File(name)).Ids.ToArray(), tiles.Predict(folder.File(name)).Ids.ToArray(), name);
        }
    }

    [TestMethod]
    public void AugmentationOf16BitsMovesImageAndMaskTogetherAndIsDecidedByTheSeed()
    {
        using var folder = new TemporaryFolder();
        // Where the mask is 1 the image is light.
        string image = folder.File("a.png", new TestPng { Width = Width, Height = Height, Depth = 16, Sample = (x, y, _) => x > 12 && y > 9 ? 3000 : 1000 }.Encode());
        string mask = folder.File("m.png", new TestPng { Width = Width, Height = Height, Sample = (x, y, _) => x > 12 && y > 9 ? 1 : 0 }.Encode());
        var input = new InputOptions { Width = Width, Height = Height, ColorSpace = ColorSpace.Gray601, Normalization = InputNormalization.ZScoreImage };
        Pipeline pipeline = PipelineOf(input, new AugmentationOptions { Rotation = 30, Elastic = 4, ElasticCell = 16, Perspective = 0.1, CopyPaste = 1, RareClasses = ["green"], Gamma = 0.5, Blur = 1, Noise = 0.02, Cutout = 0.3, DefectShare = 0.5 });
        using var cache = new SampleCache(SampleSource.FromFiles([new DatasetItem(image, mask)], TinyModel.Classes), input, long.MaxValue);
        using BatchLoader loader = new(cache, pipeline, 1), again = new(cache, pipeline, 2);
        for (int epoch = 0; epoch < 8; epoch++)
        {
            using Batch batch = loader.Epoch(epoch, CancellationToken.None).Single(), same = again.Epoch(epoch, CancellationToken.None).Single();
            Assert.IsTrue(batch.Values().SequenceEqual(same.Values()));
            double[] sums = new double[256], counts = new double[256];
            ReadOnlySpan<byte> ids = batch.Labels.bytes;
            for (int i = 0; i < ids.Length; i++)
            {
                sums[ids[i]] += batch.Values()[i];
                counts[ids[i]]++;
            }
            if (counts[0] > 100 && counts[1] > 100)
            {
                Assert.IsGreaterThan(0.5, sums[1] / counts[1] - sums[0] / counts[0], $"epoch {epoch}");
            }
        }
    }

    [TestMethod]
    public void DefaultAugmentationDoesNotDrownImagesThatUseASmallPartOf16Bits()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.png", new TestPng { Width = Width, Height = Height, Depth = 16, Sample = (x, _, _) => x < Width / 2 ? 2600 : 2800 }.Encode());
        var input = new InputOptions { Width = Width, Height = Height, ColorSpace = ColorSpace.Gray601, Mean = [2700 / 65535f], Std = [100 / 65535f] };
        using var cache = new SampleCache(SampleSource.FromFiles([new DatasetItem(path, Mask(folder))], TinyModel.Classes), input, long.MaxValue);
        using var loader = new BatchLoader(cache, PipelineOf(input, new AugmentationOptions { ScaleMin = 1, ScaleMax = 1 }), 1);
        for (int epoch = 0; epoch < 8; epoch++)
        {
            using Batch batch = loader.Epoch(epoch, CancellationToken.None).Single();
            float[] values = batch.Values().ToArray();
            // Brightness moves by at most a fifth of four standard deviations, and contrast and gains by at most a half.
            Assert.IsLessThan(2.5f, values.Max(Math.Abs));
            Assert.IsGreaterThan(1, values.Max() - values.Min());
        }
    }

    [TestMethod]
    [DataRow("{ \"bands\": [] }", "has input.bands that are not 1 to 256 numbers from 0")]
    [DataRow("{ \"bands\": [-1] }", "has input.bands that are not 1 to 256 numbers from 0")]
    [DataRow("{ \"bands\": [0], \"colorSpace\": \"lab\" }", "has input.bands and input.colorSpace")]
    [DataRow("{ \"bands\": [0, 1], \"mean\": [0.5] }", "give one number a band")]
    [DataRow("{ \"normalization\": \"zScore\", \"mean\": [0.5, 0.5, 0.5] }", "leave mean and std out")]
    public void InputsThatContradictThemselvesAreRefused(string declared, string fault)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(fault, Assert.ThrowsExactly<PipelineFormatException>(() => Read(folder, declared)).Message);
    }

    [TestMethod]
    [DataRow("{ \"bands\": [5, 1] }", "3")]
    [DataRow("{ \"normalization\": \"zScoreChannel\" }", "3")]
    [DataRow("{ \"colorSpace\": \"lab\" }", "2")]
    public void AModelsMetadataCarriesThem(string declared, string format)
    {
        using var folder = new TemporaryFolder();
        InputOptions input = Read(folder, declared);
        IReadOnlyDictionary<string, string> metadata = (TinyModel.Info with { Input = input }).ToMetadata();
        Assert.AreEqual(format, metadata["segml.format"]);
        InputOptions read = ModelInfo.FromMetadata(metadata, "m.onnx").Input;
        CollectionAssert.AreEqual(input.Bands?.ToArray(), read.Bands?.ToArray());
        Assert.AreEqual((input.Normalization, input.ColorSpace, input.ChannelCount), (read.Normalization, read.ColorSpace, read.ChannelCount));
    }

    [TestMethod]
    public void ABandThatIsNotThereIsNamedWithTheFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.png", Noise(16));
        var e = Assert.ThrowsExactly<ImageFormatException>(() => NetworkImage.Read(path, new InputOptions { Bands = [0, 4] }));
        Assert.AreEqual($"{path} has 4 channels, and the input takes band 4, counted from 0; give an image with that band, or correct input.bands", e.Message);
    }

    private static (float[] Scored, float[] Trained) Inputs(TemporaryFolder folder, string path, InputOptions input)
    {
        float[] scored = new float[input.ChannelCount * Width * Height];
        using (NetworkImage image = NetworkImage.Read(path, input))
        {
            image.Fill(input, scored, TensorLayout.Nhwc);
        }
        using var cache = new SampleCache(SampleSource.FromFiles([new DatasetItem(path, Mask(folder))], TinyModel.Classes), input, long.MaxValue);
        using var loader = new BatchLoader(cache, PipelineOf(input, Nothing), 1);
        using Batch batch = loader.Epoch(0, CancellationToken.None).Single();
        return (scored, batch.Values().ToArray());
    }

    private static Pipeline PipelineOf(InputOptions input, AugmentationOptions augmentation) => BoxScenes.Pipeline with
    {
        Classes = TinyModel.Classes,
        Input = input,
        Training = BoxScenes.Pipeline.Training with { BatchSize = 1, Augmentation = augmentation },
    };

    private static string Mask(TemporaryFolder folder) => folder.File("mask.png", new TestPng { Width = Width, Height = Height }.Encode());

    private static byte[] Noise(int depth) =>
        new TestPng { Width = Width, Height = Height, Depth = depth, Kind = 6, Sample = (x, y, c) => DeepImageTests.Sample(x, y, c) >> (16 - depth) }.Encode();

    private static InputOptions Read(TemporaryFolder folder, string declared) => PipelineFile.Read(folder.File("p.json", Encoding.UTF8.GetBytes(
        $$"""{ "name": "p", "classes": [ { "id": 0, "name": "a" } ], "input": {{declared}} }"""))).Input;
}
