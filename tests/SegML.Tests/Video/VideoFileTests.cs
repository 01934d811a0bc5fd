using System.Diagnostics;
using SegML.Images;
using SegML.Tests.Images;
using SegML.Video;

namespace SegML.Tests.Video;

[TestClass]
public sealed class VideoFileTests
{
    private static readonly VideoWriteOptions _tenASecond = new() { FrameRate = new FrameRate(10, 1) };
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void OddSidesBecomeEvenAndNothingIsLost()
    {
        VideoInfo info = VideoReader.Open(TestVideo.Write(_folder, "odd.mp4", 3, width: 63, height: 47)).Info;
        Assert.AreEqual((64, 48), (info.Width, info.Height));
    }

    [TestMethod]
    public void ColoursComeBack()
    {
        TestVideo.NeedsFfmpeg();
        using RgbaImage image = TestImages.Gradient(128, 96);
        VideoFile.Write(_folder.File("c.mp4"), Enumerable.Repeat(image, 3), _tenASecond);
        foreach (VideoFrame frame in VideoReader.Open(_folder.File("c.mp4")).ReadFrames())
        {
            using RgbaImage read = frame.Image;
            double error = Enumerable.Range(0, 128 * 96).Average(i => Enumerable.Range(0, 3).Average(c => Math.Abs(image.Pixels[4 * i + c] - read.Pixels[4 * i + c])));
            Assert.IsLessThan(4, error);
            Assert.AreEqual(255, read.Pixels[3]);
        }
    }

    [TestMethod]
    [DataRow("aac", "mp4", "aac", DisplayName = "Copied")]
    [DataRow("pcm_s16le", "mkv", "aac", DisplayName = "Encoded again where MP4 cannot hold it")]
    public void SoundComesAlong(string codec, string container, string expected)
    {
        string silent = TestVideo.Write(_folder, "silent.mp4", 10), loud = _folder.File("loud." + container), copy = _folder.File("copy.mp4");
        TestVideo.Run("-i", silent, "-f", "lavfi", "-i", "sine=duration=1", "-c:v", "copy", "-c:a", codec, loud);
        VideoInfo info = VideoReader.Open(loud).Info;
        Assert.AreEqual(codec, info.AudioCodec);
        VideoFile.Write(copy, TestVideo.Frames(10), new VideoWriteOptions { FrameRate = info.FrameRate, AudioFrom = info });
        VideoReader read = VideoReader.Open(copy);
        Assert.AreEqual(expected, read.Info.AudioCodec);
        Assert.HasCount(10, TestVideo.Read(read));
        Assert.IsNull(VideoReader.Open(silent).Info.AudioCodec);
    }

    [TestMethod]
    public void AFaultOnTheWayLeavesWhatWasThere()
    {
        TestVideo.NeedsFfmpeg();
        string path = _folder.File("there.mp4", "already"u8);
        Assert.ThrowsExactly<UnreachableException>(() => VideoFile.Write(path, TestVideo.Frames(3).Concat(Fault()), _tenASecond));
        using var stop = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => VideoFile.Write(path, TestVideo.Frames(1000).Select((frame, n) =>
        {
            if (n == 30)
            {
                stop.Cancel();
            }
            return frame;
        }), _tenASecond, stop.Token));
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(_folder.Path));
        Assert.AreEqual("already", File.ReadAllText(path));

        static IEnumerable<RgbaImage> Fault() => throw new UnreachableException();
    }

    [TestMethod]
    public void WhatCannotBeWritten()
    {
        Assert.Contains("videos are written as .mp4", Assert.ThrowsExactly<OutputException>(() => VideoFile.Write("a.avi", [], _tenASecond)).Message);
        TestVideo.NeedsFfmpeg();
        Assert.Contains("would have no frame", Assert.ThrowsExactly<OutputException>(() => VideoFile.Write(_folder.File("a.mp4"), [], _tenASecond)).Message);
        string taken = Path.Combine(_folder.File("taken", "a file"u8), "a.mp4");
        Assert.Contains("cannot be written", Assert.ThrowsExactly<OutputException>(() => VideoFile.Write(taken, TestVideo.Frames(1), _tenASecond)).Message);
    }

    [TestMethod]
    public void ATransportStreamIsKnownByItsPackets()
    {
        byte[] stream = new byte[400];
        stream[0] = stream[188] = stream[376] = 0x47;
        Assert.IsTrue(VideoFile.IsVideo(_folder.File("a.ts", stream)));
        stream[188] = 0;
        Assert.IsFalse(VideoFile.IsVideo(_folder.File("b.ts", stream)));
    }

    [TestMethod]
    [DataRow("drive.MP4", "", true, DisplayName = "By its name, whether it is there or not")]
    [DataRow("photo.jpg", "", false)]
    [DataRow("mp4", "\0\0\0\u0018ftypisom\0\0", true)]
    [DataRow("matroska", "\u001a\u0045\u00df\u00a3\u0001\0\0\0\0\0\0\u001f", true)]
    [DataRow("avi", "RIFF\u0001\u0002\u0003\u0004AVI LIST", true)]
    [DataRow("webp", "RIFF\u0001\u0002\u0003\u0004WEBPVP8 ", false)]
    [DataRow("iphone-photo", "\0\0\0\u0018ftypheic\0\0", false)]
    [DataRow("words", "these are words", false)]
    [DataRow("short", "\0\0\0", false)]
    public void VideosAreKnownByExtensionOrContent(string name, string start, bool isVideo)
    {
        string path = start.Length == 0 ? name : _folder.File(name, System.Text.Encoding.Latin1.GetBytes(start));
        Assert.AreEqual(isVideo, VideoFile.IsVideo(path));
    }
}
