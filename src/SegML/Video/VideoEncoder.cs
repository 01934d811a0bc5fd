using System.Globalization;
using SegML.Images;

namespace SegML.Video;

/// <summary>Writes frames as H.264, or as MPEG-4 where the ffmpeg has no libx264, into an MP4 that players and browsers know.</summary>
internal static class VideoEncoder
{
    // What MP4 holds as it is; other sound is encoded again.
    private static readonly string[] _copiedSound = ["aac", "mp3", "ac3", "eac3"];

    // H.264 halves its colour planes: sides are even, and odd ones get one more row or column.
    private const string Picture = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";

    /// <summary>Encodes frames into a file.</summary>
    /// <param name="file">The file to write.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="frames">At least one, all of one size.</param>
    /// <param name="options">Rate and sound.</param>
    /// <param name="cancellation">Ends ffmpeg.</param>
    /// <returns>How many frames there were.</returns>
    /// <exception cref="OutputException">There is no frame, or ffmpeg fails.</exception>
    public static long Encode(string file, string name, IEnumerable<RgbaImage> frames, VideoWriteOptions options, CancellationToken cancellation)
    {
        string[] codec = HasX264(name, cancellation) ? ["libx264", "-preset", "veryfast", "-crf", "20"] : ["mpeg4", "-q:v", "3"];
        using IEnumerator<RgbaImage> next = frames.GetEnumerator();
        if (!next.MoveNext())
        {
            throw new OutputException(name, "would have no frame", "give one at least");
        }
        (int width, int height) = (next.Current.Width, next.Current.Height);
        using FfmpegProcess ffmpeg = FfmpegProcess.Start(Ffmpeg.Decoder, name, Arguments(file, width, height, codec, options), cancellation);
        long written = 0;
        bool takes = true;
        do
        {
            if ((next.Current.Width, next.Current.Height) != (width, height))
            {
                throw new ArgumentException($"frame {written} is {next.Current.Width}x{next.Current.Height}, the first {width}x{height}", nameof(frames));
            }
            takes = TryWrite(ffmpeg.Input, next.Current);
            written++;
        }
        while (takes && next.MoveNext());
        int code = ffmpeg.WaitForExit();
        return code == 0 && takes ? written : throw new OutputException(name,
            $"cannot be encoded ({ffmpeg.Complaint ?? string.Create(CultureInfo.InvariantCulture, $"ffmpeg returned {code}")})",
            "free some space, or choose a folder you may write to");
    }

    private static string[] Arguments(string file, int width, int height, string[] codec, VideoWriteOptions options)
    {
        string[] sound = options.AudioFrom is { AudioCodec: { } audio } from
            ? [.. VideoReader.Input(from.Path), "-map", "0:v:0", "-map", string.Create(CultureInfo.InvariantCulture, $"1:{from.AudioStream}"),
                "-c:a", _copiedSound.Contains(audio) ? "copy" : "aac"]
            : [];
        return
        [
            "-v", "error", "-nostdin", "-f", "rawvideo", "-pixel_format", "rgba",
            "-video_size", string.Create(CultureInfo.InvariantCulture, $"{width}x{height}"),
            "-framerate", options.FrameRate.ForEncoders().ToString(), "-i", "pipe:0", .. sound,
            "-vf", Picture, "-c:v", .. codec, "-colorspace", "bt709", "-color_range", "tv",
            "-movflags", "+faststart", "-f", "mp4", "-y", "file:" + file,
        ];
    }

    private static bool HasX264(string name, CancellationToken cancellation)
    {
        using FfmpegProcess ffmpeg = FfmpegProcess.Start(Ffmpeg.Decoder, name, ["-hide_banner", "-v", "error", "-encoders"], cancellation);
        using var list = new StreamReader(ffmpeg.Output);
        return list.ReadToEnd().Contains(" libx264 ", StringComparison.Ordinal);
    }

    // False where ffmpeg has ended: what it said last tells why.
    private static bool TryWrite(Stream input, RgbaImage frame)
    {
        try
        {
            input.Write(frame.Pixels);
            input.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
