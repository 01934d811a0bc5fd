using System.Diagnostics;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Tests.Video;
using SegML.Video;

namespace SegML.Tests.Cli;

[TestClass]
public sealed class VideoCommandTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void FramesBecomeImagesNamedByTheirPlace()
    {
        string video = TestVideo.Write(_folder, "my drive.mp4", 20);
        Segml.Result result = Segml.Run("data", "frames", video, "--out", _folder.File("all"));
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("20 frames of 64x48", result.Output);
        Assert.HasCount(20, Directory.GetFiles(_folder.File("all")));
        using (RgbaImage frame = ImageFile.Read(_folder.File("all/my drive_000013.png")))
        {
            Assert.AreEqual(13, TestVideo.NumberOf(frame));
        }
        Assert.AreEqual(0, Segml.Run("data", "frames", video, "--out", _folder.File("every"), "--every", "9", "--jpeg").Code);
        CollectionAssert.AreEqual(new[] { "my drive_000000.jpg", "my drive_000009.jpg", "my drive_000018.jpg" }, Names("every"));
        Assert.AreEqual(0, Segml.Run("data", "frames", video, "--out", _folder.File("fps"), "--fps", "1").Code);
        CollectionAssert.AreEqual(new[] { "my drive_000000.png", "my drive_000010.png" }, Names("fps"));
    }

    [TestMethod]
    public void FramesOfWhatIsNoVideoIsOneLine()
    {
        TestVideo.NeedsFfmpeg();
        Segml.Fails(2, Segml.Run("data", "frames", _folder.File("words.mp4", "these are words"u8), "--out", _folder.File("out")), "words.mp4", "is no video");
        Assert.IsFalse(Directory.Exists(_folder.File("out")));
    }

    [TestMethod]
    [DataRow("--every", "0", "--every is at least 1")]
    [DataRow("--fps", "0", "--fps is above 0")]
    [DataRow("--fps", "many", "many")]
    [DataRow("--max-pixels", "0", "--max-pixels is at least 1")]
    public void FramesWithArgumentsThatAreWrong(string option, string value, string fault) =>
        Segml.Fails(2, Segml.Run("data", "frames", "a.mp4", "--out", "x", option, value), fault);

    [TestMethod]
    public void FramesAreChosenInOneWay() =>
        Segml.Fails(2, Segml.Run("data", "frames", "a.mp4", "--out", "x", "--every", "2", "--fps", "1"), "--every and --fps exclude each other");

    [TestMethod]
    public void AVideoBecomesAnOverlayOfItsRateAndLength()
    {
        string model = _folder.File("m.onnx", TinyModel.Create()), video = WriteStripes("drive.mp4", 12);
        Segml.Result result = Segml.Run("predict", model, video, "--out", _folder.File("out"), "--frame-masks");
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Matches(result.Output, new(@"drive\.mp4: 12 frames of 96x64 scored in [\d.]+ s, [\d.]+ a second, in .*drive\.overlay\.mp4"));

        VideoReader overlay = VideoReader.Open(_folder.File("out/drive.overlay.mp4"));
        Assert.AreEqual((96, 64, 24000), (overlay.Info.Width, overlay.Info.Height, overlay.Info.FrameRate.Numerator));
        Assert.AreEqual(12, overlay.ReadFrames().Count());
        Assert.HasCount(12, Names("out/drive.masks"));
        for (int n = 0; n < 12; n++)
        {
            Stripes.Check(MaskFile.Read(_folder.File($"out/drive.masks/drive_{n:000000}.png"), TinyModel.Classes), 96, 64);
        }
    }

    [TestMethod]
    public void MasksAreThoseOfTheFramesAsImages()
    {
        string model = _folder.File("m.onnx", TinyModel.Create()), video = WriteStripes("drive.mp4", 5);
        Assert.AreEqual(0, Segml.Run("data", "frames", video, "--out", _folder.File("frames")).Code);
        Assert.AreEqual(0, Segml.Run("predict", model, _folder.File("frames"), "--out", _folder.File("images"), "--no-overlay").Code);
        Assert.AreEqual(0, Segml.Run("predict", model, video, "--out", _folder.File("video"), "--no-overlay").Code);
        CollectionAssert.AreEqual(Names("images"), Names("video/drive.masks"));
        foreach (string name in Names("images"))
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(_folder.File("images/" + name)), File.ReadAllBytes(_folder.File("video/drive.masks/" + name)), name);
        }
    }

    [TestMethod]
    public void AFolderOfPhotosAndVideosGivesBothAndSkipsWhatIsNeither()
    {
        string model = _folder.File("m.onnx", TinyModel.Create()), inputs = Directory.CreateDirectory(_folder.File("in")).FullName;
        // As phones do: a photo, and a video of the same name beside it.
        File.Move(WriteStripes("IMG_1.mp4", 3), Path.Combine(inputs, "IMG_1.mp4"));
        using (RgbaImage photo = Stripes.Draw(40, 30))
        {
            ImageFile.Write(Path.Combine(inputs, "IMG_1.jpg"), photo);
        }
        File.WriteAllText(Path.Combine(inputs, "broken.mov"), "not a video");
        File.WriteAllText(Path.Combine(inputs, "notes.txt"), "neither");
        Segml.Result result = Segml.Run("predict", model, inputs, "--out", _folder.File("out"));
        Assert.AreEqual(2, result.Code, result.Error);
        Assert.Contains("broken.mov is no video that ffmpeg can read", result.Error);
        Assert.Contains("in: left alone 1 of 4 files (.txt)", result.Error);
        Assert.Contains("1 image scored", result.Output);
        CollectionAssert.AreEqual(new[] { "IMG_1.overlay.jpg", "IMG_1.overlay.mp4", "IMG_1.png" }, Names("out"));
    }

    [TestMethod]
    public void WhatVideosCannotHave()
    {
        string model = _folder.File("m.onnx", TinyModel.Create());
        Segml.Fails(2, Segml.Run("predict", model, "a.mp4", "--out", _folder.Path, "--annotations", "coco"), "--annotations", "only videos");
        Segml.Fails(2, Segml.Run("predict", model, "a/drive.mp4", "b/drive.avi", "--out", _folder.Path), "drive.avi", "would be written over the results of a/drive.mp4");
        Segml.Fails(2, Segml.Run("predict", model, _folder.File("none.mp4"), "--out", _folder.Path), "none.mp4", "does not exist");
    }

    [TestMethod]
    [DataRow("data", "frames")]
    [DataRow("predict")]
    public void WithoutFfmpegOneLineSaysSo(params string[] command)
    {
        string video = _folder.File("drive.mp4", "anything"u8), empty = Directory.CreateDirectory(_folder.File("empty")).FullName;
        string[] model = command[0] == "predict" ? [_folder.File("m.onnx", TinyModel.Create())] : [];
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "SegML.Cli.dll"), .. command, .. model, video, "--out", _folder.File("out")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["PATH"] = empty },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Segml.Fails(2, new Segml.Result(process.ExitCode, output.Result, error), "drive.mp4", "there is no ffprobe on PATH", "install ffmpeg");
        Assert.HasCount(1, error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.IsFalse(Directory.Exists(_folder.File("out")));
    }

    private string WriteStripes(string name, int frames)
    {
        TestVideo.NeedsFfmpeg();
        using RgbaImage image = Stripes.Draw(96, 64);
        VideoFile.Write(_folder.File(name), Enumerable.Repeat(image, frames), new VideoWriteOptions { FrameRate = new FrameRate(24000, 1001) });
        return _folder.File(name);
    }

    private string[] Names(string folder) => [.. Directory.GetFiles(_folder.File(folder)).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
}
