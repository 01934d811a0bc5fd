namespace SegML.Video;

/// <summary>Where the ffmpeg programs are: on PATH, nowhere else.</summary>
internal static class Ffmpeg
{
    public const string Decoder = "ffmpeg", Probe = "ffprobe";

    /// <summary>The file that a program's name stands for; null where PATH has none.</summary>
    public static string? TryFind(string program)
    {
        string file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(IsProgram);
    }

    /// <summary>The file that a program's name stands for.</summary>
    /// <param name="program"><see cref="Decoder"/> or <see cref="Probe"/>.</param>
    /// <param name="subject">The video that it is needed for.</param>
    /// <exception cref="FfmpegException">PATH has none.</exception>
    public static string Find(string program, string subject) => TryFind(program) ?? throw new FfmpegException(subject,
        $"needs ffmpeg's programs, and there is no {program} on PATH",
        "install ffmpeg (apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg)");

    private static bool IsProgram(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
