using SegML.Images;
using SegML.Tests.Images;
using SegML.Video;

namespace SegML.Tests.Video;

/// <summary>What can go wrong with a program, told by programs that do it.</summary>
[TestClass]
public sealed class FfmpegProcessTests
{
    private const string TwoFrames = "head -c 64 /dev/zero";

    private readonly TemporaryFolder _folder = new();
    private string _video = "";

    [TestInitialize]
    public void Create() => _video = _folder.File("drive.mp4", "anything"u8);

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void AProgramThatSaysMuchDoesNotWaitForEver()
    {
        using var path = new ScriptedFfmpeg($"head -c 1000000 /dev/zero | tr '\\0' '\\n' >&2; echo 'the last word' >&2; {TwoFrames}");
        VideoReader video = VideoReader.Open(_video);
        Assert.HasCount(2, TestVideo.Read(video));
        Assert.AreEqual("is damaged or cut short (the last word): 2 frames could be read", video.Damage);
    }

    [TestMethod]
    public void AProgramThatFailsIsQuoted()
    {
        using var path = new ScriptedFfmpeg($"{TwoFrames}; echo '[h264 @ 0x55d0] no more memory.' >&2; exit 3");
        var e = Assert.ThrowsExactly<VideoFormatException>(() => TestVideo.Read(VideoReader.Open(_video)));
        Assert.Contains("drive.mp4 cannot be decoded to its end (no more memory);", e.Message);
    }

    [TestMethod]
    public void ASummaryGivesWayToTheLineBeforeIt()
    {
        using var path = new ScriptedFfmpeg("", $"echo '[mov @ 0x1] moov atom not found' >&2; echo 'file:{_video}: Invalid data' >&2; exit 1");
        Assert.Contains("is no video that ffmpeg can read (moov atom not found);", Assert.ThrowsExactly<VideoFormatException>(() => VideoReader.Open(_video)).Message);
    }

    [TestMethod]
    public void HalfAFrameIsNone()
    {
        using var path = new ScriptedFfmpeg("head -c 50 /dev/zero");
        VideoReader video = VideoReader.Open(_video);
        Assert.HasCount(1, TestVideo.Read(video));
        Assert.IsNull(video.Damage);
    }

    [TestMethod]
    public void NoFrameAtAllIsAFault()
    {
        using var path = new ScriptedFfmpeg("exit 0");
        Assert.Contains("holds no frame", Assert.ThrowsExactly<VideoFormatException>(() => TestVideo.Read(VideoReader.Open(_video))).Message);
    }

    [TestMethod]
    public void CancellationEndsAProgramThatWouldNeverEnd()
    {
        using var path = new ScriptedFfmpeg("exec cat /dev/zero");
        using var stop = new CancellationTokenSource();
        int read = 0;
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            foreach (VideoFrame frame in VideoReader.Open(_video).ReadFrames(stop.Token))
            {
                frame.Image.Dispose();
                if (++read == 5)
                {
                    stop.Cancel();
                }
            }
        });
    }

    [TestMethod]
    public void WhoeverTakesNoMoreFramesEndsTheProgram()
    {
        string ended = _folder.File("pid");
        using var path = new ScriptedFfmpeg($"echo $$ > '{ended}'; exec cat /dev/zero");
        foreach (VideoFrame frame in VideoReader.Open(_video).ReadFrames())
        {
            frame.Image.Dispose();
            break;
        }
        int pid = int.Parse(File.ReadAllText(ended), System.Globalization.CultureInfo.InvariantCulture);
        Assert.ThrowsExactly<ArgumentException>(() => System.Diagnostics.Process.GetProcessById(pid));
    }

    [TestMethod]
    public void AnEncoderThatDiesLeavesNoFileAndIsQuoted()
    {
        using var path = new ScriptedFfmpeg("echo 'No space left on device' >&2; exit 1");
        string overlay = _folder.File("overlay.mp4");
        var e = Assert.ThrowsExactly<OutputException>(() => VideoFile.Write(overlay, TestVideo.Frames(200), new VideoWriteOptions { FrameRate = new FrameRate(10, 1) }));
        Assert.Contains("cannot be encoded (No space left on device)", e.Message);
        CollectionAssert.AreEqual(new[] { _video }, Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    public void WithoutLibx264ItIsMpeg4()
    {
        TestVideo.NeedsFfmpeg();
        string real = Ffmpeg.TryFind(Ffmpeg.Decoder)!, probe = Ffmpeg.TryFind(Ffmpeg.Probe)!;
        using var path = new ScriptedFfmpeg($"case \"$*\" in *-encoders*) echo ' V..... mpeg4 ';; *) exec '{real}' \"$@\";; esac", $"exec '{probe}' \"$@\"");
        string video = TestVideo.Write(_folder, "old.mp4", 5, rate: new FrameRate(359550, 12007));
        CollectionAssert.AreEqual(new long[] { 0, 1, 2, 3, 4 }, TestVideo.Read(VideoReader.Open(video)).Select(f => f.Index).ToArray());
        StringAssert.Contains(System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(video)), "mp4v");
    }

    [TestMethod]
    public void FramesOfTwoSizesAreRefused()
    {
        using var path = new ScriptedFfmpeg("exec cat > /dev/null");
        IEnumerable<RgbaImage> frames = TestVideo.Frames(1).Concat(TestVideo.Frames(1, width: 32));
        Assert.ThrowsExactly<ArgumentException>(() => VideoFile.Write(_folder.File("x.mp4"), frames, new VideoWriteOptions { FrameRate = new FrameRate(10, 1) }));
        CollectionAssert.AreEqual(new[] { _video }, Directory.GetFiles(_folder.Path));
    }
}
