using System.Text;
using SegML.Video;

namespace SegML.Tests.Video;

[TestClass]
public sealed class VideoProbeTests
{
    [TestMethod]
    [DataRow("", 640, 480, DisplayName = "As it is")]
    [DataRow(""", "side_data_list": [ { "side_data_type": "Display Matrix", "rotation": -90 } ]""", 480, 640, DisplayName = "A phone held upright")]
    [DataRow(""", "side_data_list": [ { "rotation": 180 } ]""", 640, 480, DisplayName = "Upside down")]
    [DataRow(""", "tags": { "rotate": "270" }""", 480, 640, DisplayName = "Told by a tag")]
    [DataRow(""", "sample_aspect_ratio": "4:3" """, 853, 480, DisplayName = "Wide pixels")]
    [DataRow(""", "sample_aspect_ratio": "3:4", "tags": { "rotate": "90" }""", 640, 640, DisplayName = "High pixels, turned")]
    [DataRow(""", "sample_aspect_ratio": "0:1" """, 640, 480, DisplayName = "No aspect")]
    public void SizeIsUprightWithSquarePixels(string more, int width, int height)
    {
        VideoInfo info = Parse($$"""{ "streams": [ { "codec_type": "video", "width": 640, "height": 480 {{more}} } ] }""");
        Assert.AreEqual((width, height), (info.Width, info.Height));
    }

    [TestMethod]
    public void CoverPicturesAreNoVideoAndStreamsKeepTheirNumbers()
    {
        VideoInfo info = Parse("""
            { "streams": [
              { "index": 0, "codec_type": "video", "width": 300, "height": 300, "disposition": { "attached_pic": 1 } },
              { "index": 1, "codec_type": "audio", "codec_name": "aac" },
              { "index": 2, "codec_type": "video", "width": 64, "height": 48, "avg_frame_rate": "0/0", "r_frame_rate": "24000/1001", "duration": "10.01" } ] }
            """);
        Assert.AreEqual((64, 2, 1, "aac"), (info.Width, info.VideoStream, info.AudioStream, info.AudioCodec));
        Assert.AreEqual(new FrameRate(24000, 1001), info.FrameRate);
        Assert.AreEqual(240L, info.FrameCount);
    }

    [TestMethod]
    [DataRow(""" "avg_frame_rate": "0/0", "r_frame_rate": "90000/1" """, DisplayName = "No sensible rate")]
    [DataRow(""" "nb_frames": "N/A" """, DisplayName = "Nothing told")]
    public void WhatAFileDoesNotTell(string fields)
    {
        VideoInfo info = Parse($$"""{ "streams": [ { "codec_type": "video", "width": 64, "height": 48, {{fields}} } ] }""");
        Assert.AreEqual(25, info.FrameRate.Value);
        Assert.IsNull(info.FrameCount);
        Assert.IsNull(info.AudioCodec);
    }

    [TestMethod]
    [DataRow("""{ }""")]
    [DataRow("""{ "streams": [ { "codec_type": "audio" } ] }""")]
    [DataRow("""{ "streams": [ { "codec_type": "video", "width": 0, "height": 0 } ] }""")]
    [DataRow("""{ "streams": [ { "codec_type": "video", "width": 300, "height": 300, "disposition": { "attached_pic": 1 } } ] }""")]
    public void NothingToSee(string json) =>
        Assert.Contains("holds no moving picture", Assert.ThrowsExactly<VideoFormatException>(() => Parse(json)).Message);

    [TestMethod]
    public void WhatIsNotJsonIsTheProgramsFault() => Assert.ThrowsExactly<FfmpegException>(() => Parse("usage: ffprobe"));

    private static VideoInfo Parse(string json) => VideoProbe.Parse("drive.mp4", Encoding.UTF8.GetBytes(json));
}
