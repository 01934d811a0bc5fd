using System.Globalization;
using SegML.Images;

namespace SegML.Video;

/// <summary>
/// Reads a video's frames through the ffmpeg program, by a pipe: no files in between, one frame in memory at a time. Frames come upright
/// (display matrix applied), with square pixels, all of one size.
/// </summary>
public sealed class VideoReader
{
    private readonly VideoReadOptions _options;
    private readonly FrameStep _step;

    private VideoReader(VideoInfo info, VideoReadOptions options)
    {
        Info = info;
        _options = options;
        _step = options.FramesPerSecond is { } rate ? FrameStep.PerSecond(rate, info.FrameRate) : FrameStep.Every(options.Every);
    }

    /// <summary>What the file says of itself.</summary>
    public VideoInfo Info { get; }

    /// <summary>How many frames <see cref="ReadFrames"/> will give, as far as the file tells; null: it does not.</summary>
    public long? FrameCount => Info.FrameCount is { } frames ? _step.CountOf(frames) : null;

    /// <summary>
    /// What was wrong with the file, as the second half of a sentence, where frames could be read all the same: it is cut short, or
    /// damaged on the way. Known once the frames are read; null: nothing.
    /// </summary>
    public string? Damage { get; private set; }

    /// <summary>Reads a file's headers.</summary>
    /// <param name="path">The file: any container and codec that the installed ffmpeg decodes.</param>
    /// <param name="options">Which frames, and limits; null: the defaults.</param>
    /// <param name="cancellation">Ends ffprobe.</param>
    /// <exception cref="VideoFormatException">The file is missing, empty, not a video, or its frames are too large.</exception>
    /// <exception cref="FfmpegException">There is no ffmpeg on PATH.</exception>
    public static VideoReader Open(string path, VideoReadOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new VideoReadOptions();
        options.Validate();
        return new VideoReader(VideoProbe.Read(path, options.MaxPixels, cancellation), options);
    }

    /// <summary>Decodes the frames, one after the other. ffmpeg runs while they are enumerated.</summary>
    /// <param name="cancellation">Ends ffmpeg.</param>
    /// <returns>Frames that are the taker's, to be disposed one by one.</returns>
    /// <exception cref="VideoFormatException">No frame can be decoded, or ffmpeg gives up.</exception>
    /// <exception cref="FfmpegException">There is no ffmpeg on PATH.</exception>
    public IEnumerable<VideoFrame> ReadFrames(CancellationToken cancellation = default)
    {
        Damage = null;
        using FfmpegProcess ffmpeg = FfmpegProcess.Start(Ffmpeg.Decoder, Info.Path, Arguments(), cancellation);
        long read = 0;
        while (Boundary.Video.Cross(Info.Path, () => ReadFrame(ffmpeg.Output)) is { } image)
        {
            yield return new VideoFrame(_step.SourceIndex(read), image);
            read++;
        }
        Finish(ffmpeg, read);
    }

    /// <summary>A file as an input of ffmpeg: whatever its name looks like, and whatever else it names, a local file.</summary>
    internal static string[] Input(string path) => ["-protocol_whitelist", "file", "-i", "file:" + path];

    private string[] Arguments()
    {
        string size = string.Create(CultureInfo.InvariantCulture, $"scale={Info.Width}:{Info.Height},setsar=1");
        // Timestamps one tick apart, at the rate asked for, so that ffmpeg neither repeats a frame nor leaves one out.
        string filters = _options.ConstantRate ? size
            : _step.TakesAll ? $"settb=1/25,setpts=N,{size}" : $"select='{_step}',settb=1/25,setpts=N,{size}";
        return
        [
            "-v", "error", "-nostdin", "-max_pixels", Invariant(Math.Min(_options.MaxPixels, int.MaxValue)), .. Input(Info.Path),
            "-map", $"0:{Invariant(Info.VideoStream)}", "-vf", filters, "-r", _options.ConstantRate ? Info.FrameRate.ForEncoders().ToString() : "25",
            "-pix_fmt", "rgba", "-f", "rawvideo", "pipe:1",
        ];
    }

    private RgbaImage? ReadFrame(Stream frames)
    {
        var image = new RgbaImage(Info.Width, Info.Height);
        bool whole = false;
        try
        {
            whole = frames.ReadAtLeast(image.Pixels, image.Pixels.Length, throwOnEndOfStream: false) == image.Pixels.Length;
            return whole ? image : null;
        }
        finally
        {
            if (!whole)
            {
                image.Dispose();
            }
        }
    }

    private void Finish(FfmpegProcess ffmpeg, long read)
    {
        int code = ffmpeg.WaitForExit();
        string? complaint = ffmpeg.Complaint;
        if (code != 0)
        {
            throw new VideoFormatException(Info.Path, $"cannot be decoded to its end ({complaint ?? $"ffmpeg returned {code}"})",
                "check that it plays, or copy it again from its source");
        }
        if (read == 0)
        {
            throw new VideoFormatException(Info.Path, $"holds no frame that ffmpeg can decode{(complaint is null ? "" : $" ({complaint})")}",
                "check that it plays, or copy it again from its source");
        }
        Damage = complaint is null ? null : string.Create(CultureInfo.InvariantCulture,
            $"is damaged or cut short ({complaint}): {read.Of("frame")}{(FrameCount > read ? $" of {FrameCount}" : "")} could be read");
    }

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);
}
