using System.ComponentModel;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml;
using Microsoft.ML.OnnxRuntime;
using SegML.Annotations.Formats;
using SegML.Discovery;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Tests.Video;
using SegML.Training.Runs;
using SegML.Video;

namespace SegML.Tests;

/// <summary>Whatever is thrown where SegML reads what others made comes out as the typed error of that input, in one line that names it.</summary>
[TestClass]
public sealed class BoundaryTests
{
    private TemporaryFolder _folder = null!;

    private static IEnumerable<object[]> Names => Boundary.All.Select(b => new object[] { b.Name });

    [TestInitialize]
    public void Create()
    {
        _folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Gradient(24, 16);
        ImageFile.Write(_folder.File("a.png"), image);
        ImageFile.Write(_folder.File("a.jpg"), image);
        MaskFile.Write(_folder.File("mask.png"), new SegmentationMask(24, 16, TinyModel.Classes));
        _folder.File("m.onnx", TinyModel.Create());
        _folder.File("p.json", """{ "name": "t", "classes": [ { "id": 0, "name": "red" }, { "id": 1, "name": "green" } ] }"""u8);
        _folder.File("l.json", """{ "version": "5", "shapes": [], "imagePath": "a.png", "imageWidth": 24, "imageHeight": 16 }"""u8);
        _folder.File("best.dat", [0]);
        _folder.File("v.mp4", [0]);
        using ZipArchive zip = ZipFile.Open(_folder.File("set.zip"), ZipArchiveMode.Create);
        zip.CreateEntry("a.txt");
    }

    [TestCleanup]
    public void Remove()
    {
        Boundary.Injected = null;
        _folder.Dispose();
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void EveryExceptionBecomesATypedLineThatNamesTheInput(string boundary)
    {
        foreach ((string file, Type type, Action read) in Entries(boundary))
        {
            read(); // Reads well when nothing is thrown.
            foreach (Exception injected in Exceptions())
            {
                Boundary.Injected = b => b.Name == boundary ? injected : null;
                Exception? e = Record(read);
                Boundary.Injected = null;
                Assert.IsInstanceOfType(e, type, $"{injected.GetType()} at {file} gives {e}");
                Assert.Contains(file, e.Message);
                Assert.DoesNotContain("\n", e.Message);
                Assert.AreSame(injected, e.InnerException is SegMLException inner ? inner.InnerException : e.InnerException);
            }
        }
    }

    [TestMethod]
    public void CancellationAndDisposedObjectsPass()
    {
        foreach (Exception injected in (Exception[])[new OperationCanceledException(), new ObjectDisposedException("Segmenter")])
        {
            Boundary.Injected = _ => injected;
            Assert.AreSame(injected, Record(() => ImageFile.Read(_folder.File("a.png"))));
        }
    }

    [TestMethod]
    public void OneBadImageNeverEndsABatch()
    {
        File.Copy(_folder.File("a.png"), _folder.File("b.png"));
        foreach (Exception injected in Exceptions())
        {
            int crossed = 0;
            Boundary.Injected = b => b == Boundary.Image && crossed++ == 0 ? injected : null;
            Segml.Result result = Segml.Run("predict", _folder.File("m.onnx"), _folder.File("a.png"), _folder.File("b.png"), "--no-overlay", "--out", _folder.File("out"));
            Segml.Fails(2, result, "skipped", "a.png");
            Assert.Contains("1 image scored", result.Output);
        }
    }

    private IEnumerable<(string File, Type Type, Action Read)> Entries(string boundary)
    {
        string png = _folder.File("a.png"), jpg = _folder.File("a.jpg"), mask = _folder.File("mask.png"), model = _folder.File("m.onnx");
        switch (boundary)
        {
            case "image":
                yield return (png, typeof(ImageFormatException), () => ImageFile.Read(png).Dispose());
                yield return (png, typeof(ImageFormatException), () => ImageFile.ReadRaster(png).Dispose());
                yield return (png, typeof(ImageFormatException), () => ImageFile.ReadSize(png));
                yield return ("upload", typeof(ImageFormatException), () => ImageFile.Decode(File.ReadAllBytes(png), "upload").Dispose());
                yield return ("upload", typeof(ImageFormatException), () => ImageFile.Read(new MemoryStream(File.ReadAllBytes(png)), "upload").Dispose());
                foreach (string file in (string[])[png, jpg])
                {
                    yield return (file, typeof(ImageFormatException), () => Predict(model, file, new SegmenterOptions()));
                    yield return (file, typeof(ImageFormatException), () => Predict(model, file, new SegmenterOptions { Tiles = new TileOptions { Size = 8, Overlap = 0 } }));
                }
                break;
            case "mask":
                yield return (mask, typeof(MaskFormatException), () => MaskFile.Read(mask, TinyModel.Classes).Dispose());
                yield return (mask, typeof(MaskFormatException), () => MaskFile.ReadRaw(mask));
                yield return (mask, typeof(MaskFormatException), () => MaskFile.ReadSize(mask));
                break;
            case "annotation":
                yield return (_folder.File("l.json"), typeof(AnnotationFormatException), () => AnnotationFile.Open(_folder.File("l.json")));
                yield return (_folder.File("l.json"), typeof(AnnotationFormatException), () => AnnotationFile.Read(_folder.File("l.json")));
                break;
            case "pipeline":
                yield return (_folder.File("p.json"), typeof(PipelineFormatException), () => PipelineFile.Read(_folder.File("p.json")));
                break;
            case "model":
                yield return (model, typeof(ModelFormatException), () => Segmenter.Load(model).Dispose());
                yield return (model, typeof(ModelFormatException), () => ModelInfo.Read(model));
                yield return (model, typeof(ModelFormatException), () => Predict(model, png, new SegmenterOptions()));
                break;
            case "checkpoint":
                yield return (_folder.File("best.dat"), typeof(ModelFormatException), () => TensorFile.Read(_folder.File("best.dat")));
                break;
            case "video":
                // Not a test of ffmpeg: scripts answer in its place.
                if (!OperatingSystem.IsWindows())
                {
                    yield return (_folder.File("v.mp4"), typeof(VideoFormatException), () => WithFfmpeg(() => VideoReader.Open(_folder.File("v.mp4"))));
                }
                break;
            case "archive":
                yield return (_folder.File("set.zip"), typeof(DatasetException), () =>
                {
                    ZipFolder.Unpack(_folder.File("set.zip"), _folder.File("set"));
                    Directory.Delete(_folder.File("set"), recursive: true);
                }
                );
                break;
            default:
                Assert.Fail($"no public entry is tried for the boundary {boundary}");
                break;
        }
    }

    private static void WithFfmpeg(Action action)
    {
        using var scripts = new ScriptedFfmpeg("exit 1");
        action();
    }

    private static void Predict(string model, string file, SegmenterOptions options)
    {
        using Segmenter segmenter = Segmenter.Load(model, options);
        segmenter.Predict(file).Dispose();
    }

    private static Exception? Record(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static IEnumerable<Exception> Exceptions() =>
    [
        new NullReferenceException("first\nsecond"), new IndexOutOfRangeException(), new ArgumentException("a"), new ArgumentNullException("b"), new ArgumentOutOfRangeException("c"),
        new OverflowException(), new DivideByZeroException(), new ArithmeticException(), new InvalidCastException(), new FormatException(), new KeyNotFoundException(),
        new InvalidOperationException(), new InvalidDataException(), new IOException(), new EndOfStreamException(), new FileNotFoundException(), new PathTooLongException(),
        new UnauthorizedAccessException(), new NotSupportedException(), new NotImplementedException(), new JsonException(), new XmlException(), new DecoderFallbackException(),
        new TimeoutException(), new AggregateException(new IOException()), new TargetInvocationException(new IOException()), new TypeInitializationException("T", null),
        new DllNotFoundException(), new EntryPointNotFoundException(), new BadImageFormatException(), new ExternalException(), new SEHException(), new Win32Exception(2),
        new OutOfMemoryException(), new InsufficientExecutionStackException(), new ArrayTypeMismatchException(), new RankException(), new CryptographicException(),
        new ApplicationException(new string('x', 5000)), Record(() => new InferenceSession([1, 2, 3]))!, (Exception)Activator.CreateInstance(
            typeof(ZLibStream).Assembly.GetType("System.IO.Compression.ZLibException")!, nonPublic: true)!,
    ];
}
