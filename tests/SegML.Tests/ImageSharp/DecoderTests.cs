using SegML.Images;
using SegML.ImageSharp;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace SegML.Tests.ImageSharp;

/// <summary>TIFF, TGA and PBM wherever SegML reads images.</summary>
[TestClass]
public sealed class DecoderTests
{
    [ClassInitialize]
    public static void Register(TestContext context) => ImageSharpFormats.Register();

    [TestMethod]
    [DataRow(1, 16, false, false, false)]
    [DataRow(3, 16, false, false, true)]
    [DataRow(4, 16, false, true, false)]
    [DataRow(6, 8, false, false, false)]
    [DataRow(7, 16, false, true, true)]
    [DataRow(13, 16, false, false, false)]
    [DataRow(2, 32, false, false, false)]
    [DataRow(5, 32, true, false, true)]
    [DataRow(1, 32, true, true, false)]
    public void ATIFFKeepsItsDepthAndAllOfItsChannels(int channels, int bits, bool isFloat, bool isPlanar, bool isBigEndian)
    {
        var tiff = new TestTiff
        {
            Width = 9,
            Height = 5,
            Channels = channels,
            Bits = bits,
            IsFloat = isFloat,
            IsPlanar = isPlanar,
            IsBigEndian = isBigEndian,
            Sample = (x, y, c) => isFloat ? BitConverter.SingleToInt32Bits(Value(x, y, c)) : DeepImageTests.Sample(x, y, c) << 16 >> (32 - bits),
        };
        using RasterImage read = ImageFile.DecodeRaster(tiff.Encode(), "a.tif");
        var image = (DeepImage)read;
        Assert.AreEqual((9, 5, channels), (image.Width, image.Height, image.Channels));
        for (int i = 0; i < image.Values.Length; i++)
        {
            int pixel = i / channels, x = pixel % 9, y = pixel / 9, c = i % channels;
            double expected = isFloat ? Value(x, y, c) : (uint)tiff.Sample(x, y, c) % (1L << bits) / (double)((1L << bits) - 1);
            Assert.AreEqual(expected, image.Values[i], 1e-7 * Math.Max(1, Math.Abs(expected)), $"({x}, {y}) {c}");
        }

        static float Value(int x, int y, int c) => -3.5f + x * 100 + y * 0.25f + c;
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(4)]
    public void ATIFFOfBytesIsAnImageOfBytes(int channels)
    {
        byte[] file = new TestTiff { Width = 7, Height = 3, Channels = channels, Sample = (x, y, c) => x * 30 + y * 5 + c * 20 }.Encode();
        using RasterImage read = ImageFile.DecodeRaster(file, "a.tif");
        var image = (RgbaImage)read;
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            int pixel = i / 4, c = i % 4;
            int expected = c == 3 && channels != 4 ? 255 : pixel % 7 * 30 + pixel / 7 * 5 + (channels == 1 ? 0 : c) * 20;
            Assert.AreEqual(expected, image.Pixels[i]);
        }
    }

    [TestMethod]
    public void FilesAreFoundAndReadLikeAllOthers()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage noise = TestImages.Noise(23, 9, seed: 1);
        using Image<Rgb24> written = noise.ToRgb24();
        foreach (string name in (string[])["photo.tiff", "photo.tga", "photo.ppm"])
        {
            if (name.EndsWith(".ppm", StringComparison.Ordinal))
            {
                folder.File(name, [.. "P6 23 9 255\n"u8, .. noise.Pixels.ToArray().Where((_, i) => i % 4 < 3)]);
            }
            else
            {
                written.Save(folder.File(name));
            }
            Assert.IsTrue(ImageFile.HasExtension(name));
            Assert.AreEqual((23, 9), ImageFile.ReadSize(folder.File(name)));
            using RgbaImage read = ImageFile.Read(folder.File(name)), streamed = ImageFile.Read(new MemoryStream(File.ReadAllBytes(folder.File(name))), name);
            Assert.IsTrue(noise.Pixels.SequenceEqual(read.Pixels), name);
            Assert.IsTrue(noise.Pixels.SequenceEqual(streamed.Pixels), name);
        }
        byte[] deep = [.. "P5 2 1 65535\n"u8, 0x0D, 0xFF, 0xFF, 0xFF];
        using var grey = (DeepImage)ImageFile.DecodeRaster(deep, "grey.pgm");
        Assert.AreEqual(0x0DFF / 65535f, grey.Values[0]);
    }

    [TestMethod]
    public void LimitsAndFaultsAreThoseOfEveryImage()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = new TestTiff { Width = 40, Height = 30, Channels = 6, Bits = 16, Sample = DeepImageTests.Sample }.Encode();
        Refused(folder.File("large.tif", whole), "is 40x30, 1200 pixels, above the limit of 1199", new ImageReadOptions { MaxPixels = 1199 });
        Refused(folder.File("bomb.tif", new TestTiff { Width = 50_000, Height = 50_000, Rows = 0 }.Encode()), "is 50000x50000, 2500000000 pixels, above the limit");
        for (int length = 8; length < whole.Length; length += whole.Length / 11)
        {
            Refused(folder.File($"{length}.tif", whole[..length]), "is ");
        }
        // What LibTiff says of a directory that is cut off.
        var random = new Random(3);
        for (int i = 0; i < 200; i++)
        {
            byte[] mutant = [.. whole];
            for (int change = 0; change < 4; change++)
            {
                mutant[i % 2 == 0 ? mutant.Length - 1 - random.Next(250) : random.Next(8)] = (byte)random.Next(256);
            }
            try
            {
                ImageFile.DecodeRaster(mutant, "mutant.tif", new ImageReadOptions { MaxPixels = 1_000_000 }).Dispose();
            }
            catch (SegML.ImageFormatException)
            {
                // As it should be: nothing else comes out.
            }
        }
        string path = folder.File("six.tif", whole);
        StringAssert.EndsWith(Assert.ThrowsExactly<SegML.ImageFormatException>(() => NetworkImage.Read(path, new InputOptions())).Message,
            "six.tif has 6 channels, and the input does not say which the network takes; name them in the pipeline file: \"input\": { \"bands\": [0, 1, 2] }, counted from 0");

        static void Refused(string path, string fault, ImageReadOptions? options = null) =>
            Assert.StartsWith($"{path} {fault}", Assert.ThrowsExactly<SegML.ImageFormatException>(() => ImageFile.ReadRaster(path, options)).Message);
    }

    [TestMethod]
    public void SixBandsOf16BitsGoFromFolderToTrainedExportedEvaluatedAndPredictedModel()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("images"));
        Directory.CreateDirectory(folder.File("masks"));
        for (int i = 0; i < 4; i++)
        {
            // The sixth band alone tells the classes apart, by less than a byte's step.
            int edge = 12 + 4 * i;
            folder.File($"images/{i}.tif", new TestTiff { Width = 48, Height = 32, Channels = 6, Bits = 16, Sample = (x, y, c) => c == 5 ? 0x0D10 + (x < edge ? 0 : 0xC0) : DeepImageTests.Sample(x, y, c) }.Encode());
            folder.File($"masks/{i}.png", new TestPng { Width = 48, Height = 32, Sample = (x, _, _) => x < edge ? 0 : 255 }.Encode());
        }
        File.WriteAllText(folder.File("p.json"), """
            {
              "name": "bands", "classes": [ { "id": 0, "name": "left" }, { "id": 1, "name": "right" } ],
              "data": { "root": ".", "splits": { "train": { "images": "images", "masks": "masks" }, "val": { "images": "images", "masks": "masks" } } },
              "input": { "width": 48, "height": 32, "bands": [5, 0], "normalization": "zScoreChannel" },
              "network": { "name": "fcn-small", "options": { "width": 8 } },
              "training": { "epochs": 40, "batchSize": 2, "learningRate": 5e-3, "validateEvery": 40, "precision": "fp32", "warmUpIterations": 5, "ema": 0, "augmentation": { "flip": 0, "scaleMin": 1, "scaleMax": 1 } }
            }
            """);
        Succeeds("check", folder.File("p.json"));
        Succeeds("train", folder.File("p.json"), "--out", folder.File("run"), "--device", "cpu");
        Succeeds("export", folder.File("run"), "--out", folder.File("bands.onnx"));
        string figures = Succeeds("evaluate", folder.File("bands.onnx"), folder.File("p.json"), "--split", "val");
        double iou = double.Parse(figures.Split("mean IoU")[1].Trim().Split('\n')[0].Trim(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.IsGreaterThan(0.8, iou, figures);
        Succeeds("predict", folder.File("bands.onnx"), folder.File("images"), "--out", folder.File("results"));
        for (int i = 0; i < 4; i++)
        {
            using SegML.Masks.SegmentationMask mask = SegML.Masks.MaskFile.Read(folder.File($"results/{i}.png"), PipelineFile.Read(folder.File("p.json")).Classes);
            Assert.AreEqual((48, 32), (mask.Width, mask.Height));
        }
        Segml.Fails(2, Segml.Run("export", folder.File("bands.onnx"), "--out", folder.File("free.onnx"), "--self-contained"), "takes the bands 5, 0 of an image");

        static string Succeeds(params string[] args)
        {
            Segml.Result result = Segml.Run(args);
            Assert.AreEqual(0, result.Code, $"{args[0]}: {result.Error}{result.Output}");
            return result.Output;
        }
    }
}
