using System.Buffers.Binary;
using SegML.Tests.Images;
using SegML.Video;

namespace SegML.Tests.Video;

[TestClass]
public sealed class VideoReaderTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void EveryFrameOnceAndInOrder()
    {
        VideoReader video = VideoReader.Open(TestVideo.Write(_folder, "a b ü.mp4", 20, rate: new FrameRate(30000, 1001)));
        Assert.AreEqual(new FrameRate(30000, 1001), video.Info.FrameRate);
        Assert.AreEqual(20L, video.FrameCount);
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(n => ((long)n, n)).ToArray(), TestVideo.Read(video));
        Assert.IsNull(video.Damage);
    }

    [TestMethod]
    public void FramesLeftOutKeepTheOthersNumbers()
    {
        string path = TestVideo.Write(_folder, "drive.mp4", 20);
        CheckNumbers(new VideoReadOptions { Every = 7 }, 0, 7, 14);
        CheckNumbers(new VideoReadOptions { FramesPerSecond = 4 }, 0, 3, 5, 8, 10, 13, 15, 18);

        void CheckNumbers(VideoReadOptions options, params int[] numbers)
        {
            VideoReader video = VideoReader.Open(path, options);
            CollectionAssert.AreEqual(numbers.Select(n => ((long)n, n)).ToArray(), TestVideo.Read(video));
            Assert.AreEqual(numbers.Length, video.FrameCount);
        }
    }

    [TestMethod]
    [DataRow(90, true, false, DisplayName = "A quarter to the right")]
    [DataRow(180, true, true, DisplayName = "Upside down")]
    [DataRow(270, false, true, DisplayName = "A quarter to the left")]
    public void AVideoThatAPhoneTurnedComesUpright(int degrees, bool right, bool bottom)
    {
        string path = TestVideo.Write(_folder, "phone.mp4", 3);
        Turn(path, degrees);
        VideoReader video = VideoReader.Open(path);
        Assert.AreEqual(degrees == 180 ? (64, 48) : (48, 64), (video.Info.Width, video.Info.Height));
        foreach (VideoFrame frame in video.ReadFrames())
        {
            using (frame.Image)
            {
                Assert.IsTrue(TestVideo.HasCornerAt(frame.Image, right, bottom));
                Assert.IsFalse(TestVideo.HasCornerAt(frame.Image, false, false));
            }
        }
    }

    [TestMethod]
    public void ARateThatVariesGivesEachFrameOnceOrEachWhenItComes()
    {
        string steady = TestVideo.Write(_folder, "steady.mp4", 10), path = _folder.File("varies.mkv");
        // Five frames of a tenth of a second each, then five that last three times as long.
        TestVideo.Run("-i", steady, "-vf", "setpts='if(lt(N,5),N,5+(N-5)*3)/10/TB'", path);
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).ToArray(), TestVideo.Read(VideoReader.Open(path)).Select(f => f.Number).ToArray());

        VideoReader inTime = VideoReader.Open(path, new VideoReadOptions { ConstantRate = true });
        int[] numbers = [.. TestVideo.Read(inTime).Select(f => f.Number)];
        CollectionAssert.AreEqual(numbers.Order().ToArray(), numbers);
        double seconds = numbers.Length / inTime.Info.FrameRate.Value;
        Assert.AreEqual(1.8, seconds, 0.25, "as long as the video");
    }

    [TestMethod]
    public void AVideoCutShortGivesWhatItHasAndSaysSo()
    {
        byte[] whole = File.ReadAllBytes(TestVideo.Write(_folder, "whole.mp4", 40, width: 320, height: 240));
        VideoReader video = VideoReader.Open(_folder.File("cut.mp4", whole.AsSpan(0, whole.Length * 3 / 4)));
        (long, int)[] read = TestVideo.Read(video);
        Assert.IsGreaterThan(3, read.Length);
        Assert.IsLessThan(40, read.Length);
        StringAssert.Matches(video.Damage, new($@"^is damaged or cut short \(.+\): {read.Length} frames of 40 could be read$"));
    }

    [TestMethod]
    public void AVideoCutBeforeItsIndexIsNone()
    {
        string path = _folder.File("streamed.mp4");
        TestVideo.Run("-i", TestVideo.Write(_folder, "whole.mp4", 20), "-c", "copy", "-movflags", "-faststart", path);
        byte[] whole = File.ReadAllBytes(path);
        Fails(_folder.File("cut.mp4", whole.AsSpan(0, whole.Length / 2)), "is no video that ffmpeg can read");
    }

    [TestMethod]
    public void WhatIsNoVideo()
    {
        TestVideo.NeedsFfmpeg();
        Fails(_folder.File("missing.mp4"), "does not exist");
        Fails(_folder.File("empty.mp4", []), "is empty");
        Fails(_folder.Path, "is a folder");
        Fails(_folder.File("words.mp4", "these are words"u8), "is no video that ffmpeg can read");
        string sound = _folder.File("sound.mp4");
        TestVideo.Run("-f", "lavfi", "-i", "sine=duration=0.2", sound);
        Fails(sound, "holds no moving picture");
    }

    [TestMethod]
    public void AListOfAddressesIsNotFollowed()
    {
        TestVideo.NeedsFfmpeg();
        Fails(_folder.File("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"u8), "is no video that ffmpeg can read");
    }

    [TestMethod]
    public void FramesAboveTheLimitAreRefusedBeforeTheyAreDecoded()
    {
        string path = TestVideo.Write(_folder, "drive.mp4", 2);
        var e = Assert.ThrowsExactly<VideoFormatException>(() => VideoReader.Open(path, new VideoReadOptions { MaxPixels = 64 * 48 - 1 }));
        Assert.Contains("has frames of 64x48, 3072 pixels, above the limit of 3071", e.Message);
        Assert.HasCount(2, TestVideo.Read(VideoReader.Open(path, new VideoReadOptions { MaxPixels = 64 * 48 })));
    }

    [TestMethod]
    public void OptionsThatExcludeEachOther()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => VideoReader.Open("a.mp4", new VideoReadOptions { Every = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => VideoReader.Open("a.mp4", new VideoReadOptions { FramesPerSecond = double.NaN }));
        Assert.ThrowsExactly<ArgumentException>(() => VideoReader.Open("a.mp4", new VideoReadOptions { Every = 2, FramesPerSecond = 1 }));
        Assert.ThrowsExactly<ArgumentException>(() => VideoReader.Open("a.mp4", new VideoReadOptions { Every = 2, ConstantRate = true }));
    }

    private static void Fails(string path, string fault) =>
        Assert.Contains(fault, Assert.ThrowsExactly<VideoFormatException>(() => VideoReader.Open(path)).Message);

    // ISO/IEC 14496-12, 8.3.2: the track header's matrix, 16.16 fixed point, 40 bytes behind version and flags. It is what a phone writes.
    private static void Turn(string path, int degrees)
    {
        byte[] file = File.ReadAllBytes(path);
        int matrix = file.AsSpan().IndexOf("tkhd"u8) + 4 + 4 + 36;
        int cos = degrees == 180 ? -1 : 0, sin = degrees switch { 90 => 1, 270 => -1, _ => 0 };
        int[] values = [cos, sin, 0, -sin, cos, 0];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(matrix + 4 * i), values[i] << 16);
        }
        File.WriteAllBytes(path, file);
    }
}
