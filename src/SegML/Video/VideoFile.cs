using SegML.Files;
using SegML.Images;

namespace SegML.Video;

/// <summary>Tells videos from other files, and writes them. Reading is <see cref="VideoReader"/>'s.</summary>
public static class VideoFile
{
    /// <summary>The extensions by which videos are found in folders, in lower case. A file that is named itself may have any.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
        [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mts", ".m2ts", ".wmv", ".3gp"];

    /// <summary>Whether a path ends like a video's; case does not matter.</summary>
    public static bool HasExtension(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file is a video, by its extension or its first bytes. False for one that cannot be read.</summary>
    public static bool IsVideo(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (HasExtension(path))
        {
            return true;
        }
        try
        {
            using EncodedFile start = EncodedFile.Read(path, ImageFile.Fault, VideoSignature.Length);
            return VideoSignature.Matches(start.Bytes);
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    /// <summary>Writes frames as a video, whole or not at all, through the ffmpeg program.</summary>
    /// <param name="path">The file; its extension is .mp4.</param>
    /// <param name="frames">At least one, all of one size. Each is used until the next is asked for, and stays its maker's.</param>
    /// <param name="options">Rate and sound.</param>
    /// <param name="cancellation">Ends ffmpeg; nothing is left of the file.</param>
    /// <returns>How many frames there were.</returns>
    /// <exception cref="ArgumentException">Frames differ in size.</exception>
    /// <exception cref="OutputException">The file cannot be written, its extension is another, or there is no frame.</exception>
    /// <exception cref="FfmpegException">There is no ffmpeg on PATH.</exception>
    public static long Write(string path, IEnumerable<RgbaImage> frames, VideoWriteOptions options, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(options);
        if (!Path.GetExtension(path).Equals(".mp4", StringComparison.OrdinalIgnoreCase))
        {
            throw new OutputException(path, $"has the extension \"{Path.GetExtension(path)}\"", "videos are written as .mp4");
        }
        long written = 0;
        AtomicFile.WritePath(path, temporary => written = VideoEncoder.Encode(temporary, path, frames, options, cancellation));
        return written;
    }
}
