using SegML.Tests.Images;

namespace SegML.Tests.Video;

/// <summary>PATH with scripts in the place of ffmpeg's programs, for what the real ones cannot be made to do.</summary>
internal sealed class ScriptedFfmpeg : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable("PATH");

    /// <param name="ffmpeg">The shell commands of ffmpeg; those after it on PATH stay in reach.</param>
    /// <param name="ffprobe">Those of ffprobe; null: a video of two frames of 4x2 pixels, 10 a second.</param>
    public ScriptedFfmpeg(string ffmpeg, string? ffprobe = null)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("skipped: the scripts are for a Unix shell");
        }
        const string video = """
            echo '{ "streams": [ { "index": 0, "codec_type": "video", "width": 4, "height": 2, "avg_frame_rate": "10/1", "nb_frames": "2" } ] }'
            """;
        Write("ffmpeg", ffmpeg);
        Write("ffprobe", ffprobe ?? video);
        Environment.SetEnvironmentVariable("PATH", _folder.Path + Path.PathSeparator + _before);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _before);
        _folder.Dispose();
    }

    private void Write(string name, string commands)
    {
        string path = _folder.File(name, System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\n{commands}\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
