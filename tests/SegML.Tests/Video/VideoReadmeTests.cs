using System.Text.RegularExpressions;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Video;

namespace SegML.Tests.Video;

/// <summary>The example of src/SegML/README.md, run as it stands there.</summary>
[TestClass]
public sealed class VideoReadmeTests
{
    [TestMethod]
    public void TheExampleIsTheOneThatIsRun()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "src/SegML/README.md"));
        string test = File.ReadAllText(Path.Combine(Repository.Root, "tests/SegML.Tests/Video/VideoReadmeTests.cs"));
        Assert.AreEqual(
            Plain(Regex.Match(readme, "## Video.*?```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value),
            Plain(Regex.Match(test, "// begin video\n(.*?)\n *// end video", RegexOptions.Singleline).Groups[1].Value));

        static string Plain(string code) => string.Join("\n", code.Split('\n').Select(line => line.Trim())).Trim();
    }

    [TestMethod]
    public void ItScoresAVideo()
    {
        using var folder = new TemporaryFolder();
        TestVideo.Write(folder, "drive.mp4", 20);
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny");
        string before = Environment.CurrentDirectory;
        TextWriter console = Console.Out;
        using var output = new StringWriter();
        Environment.CurrentDirectory = folder.Path;
        Console.SetOut(output);
        try
        {
            // begin video
            VideoReader video = VideoReader.Open("drive.mp4", new VideoReadOptions { FramesPerSecond = 2 });
            foreach (VideoFrame frame in video.ReadFrames())
            {
                using RgbaImage image = frame.Image;
                using SegmentationMask mask = segmenter.Predict(image);
                Console.WriteLine($"frame {frame.Index} of {video.Info.FrameCount}: {mask.Shares()[0]:0.0 %}");
            }
            // end video
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = before;
        }
        StringAssert.Matches(output.ToString(), new(@"frame 0 of 20: \d.*frame 5 of 20: \d.*frame 10 of 20: \d.*frame 15 of 20: \d", RegexOptions.Singleline));
    }
}
