using System.Diagnostics;
using SegML.Images;
using SegML.Tests.Images;
using SegML.Video;

namespace SegML.Tests.Video;

/// <summary>Videos whose frames tell their number: frame n is a plain grey of 20 + 5 n, with a white corner at the top left.</summary>
internal static class TestVideo
{
    public const int Width = 64, Height = 48;

    /// <summary>Ends a test as skipped where there is no ffmpeg.</summary>
    public static void NeedsFfmpeg()
    {
        if (Ffmpeg.TryFind(Ffmpeg.Decoder) is null || Ffmpeg.TryFind(Ffmpeg.Probe) is null)
        {
            Assert.Inconclusive("skipped: there is no ffmpeg on PATH");
        }
    }

    /// <summary>Writes a video.</summary>
    public static string Write(TemporaryFolder folder, string name, int frames, int width = Width, int height = Height, FrameRate? rate = null)
    {
        NeedsFfmpeg();
        string path = folder.File(name);
        Assert.AreEqual(frames, VideoFile.Write(path, Frames(frames, width, height), new VideoWriteOptions { FrameRate = rate ?? new FrameRate(10, 1) }));
        return path;
    }

    /// <summary>The frames themselves.</summary>
    public static IEnumerable<RgbaImage> Frames(int count, int width = Width, int height = Height)
    {
        for (int n = 0; n < count; n++)
        {
            using var image = new RgbaImage(width, height);
            image.Pixels.Fill((byte)(20 + 5 * n));
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    image.Row(y)[4 * x + 3] = 255;
                }
                if (y < height / 4)
                {
                    image.Row(y)[..(width / 4 * 4)].Fill(255);
                }
            }
            yield return image;
        }
    }

    /// <summary>The number that a frame tells, from its middle.</summary>
    public static int NumberOf(RgbaImage image) => (int)Math.Round((image.Row(image.Height / 2)[image.Width / 2 * 4] - 20) / 5.0);

    /// <summary>Whether the white corner is at a corner of the image, given by signs.</summary>
    public static bool HasCornerAt(RgbaImage image, bool right, bool bottom) =>
        image.Row(bottom ? image.Height - 3 : 2)[(right ? image.Width - 3 : 2) * 4] > 240;

    /// <summary>Runs ffmpeg itself.</summary>
    public static void Run(params string[] arguments)
    {
        NeedsFfmpeg();
        using Process process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors);
    }

    /// <summary>Reads all frames' indices and numbers.</summary>
    public static (long Index, int Number)[] Read(VideoReader video)
    {
        var read = new List<(long, int)>();
        foreach (VideoFrame frame in video.ReadFrames())
        {
            using (frame.Image)
            {
                Assert.AreEqual((video.Info.Width, video.Info.Height), (frame.Image.Width, frame.Image.Height));
                read.Add((frame.Index, NumberOf(frame.Image)));
            }
        }
        return [.. read];
    }
}
