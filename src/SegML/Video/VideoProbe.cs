using System.Globalization;
using System.Text.Json;
using SegML.Images;

namespace SegML.Video;

/// <summary>Asks ffprobe what a video holds.</summary>
internal static class VideoProbe
{
    private const int FirstBytes = 64;
    private const double MostRate = 1000;

    // Where a file does not tell its rate, as raw streams do not, ffmpeg assumes this one too.
    private static readonly FrameRate _assumed = new(25, 1);

    /// <summary>Reads a file's headers.</summary>
    /// <exception cref="VideoFormatException">It is not a video that can be read, or its frames are too large.</exception>
    /// <exception cref="FfmpegException">There is no ffprobe.</exception>
    public static VideoInfo Read(string path, long maxPixels, CancellationToken cancellation) =>
        Boundary.Video.Cross(path, () => ReadHeaders(path, maxPixels, cancellation));

    private static VideoInfo ReadHeaders(string path, long maxPixels, CancellationToken cancellation)
    {
        EncodedFile.Read(path, Fault, FirstBytes).Dispose();
        using FfmpegProcess probe = FfmpegProcess.Start(Ffmpeg.Probe, path,
            ["-v", "error", .. VideoReader.Input(path), "-of", "json", "-show_streams", "-show_format"], cancellation);
        using var json = new MemoryStream();
        probe.Output.CopyTo(json);
        int code = probe.WaitForExit();
        if (code != 0)
        {
            throw new VideoFormatException(path, $"is no video that ffmpeg can read ({probe.Complaint ?? $"ffprobe returned {code}"})",
                "check that it plays, or copy it again from its source");
        }
        VideoInfo info = Parse(path, json.ToArray());
        long pixels = (long)info.Width * info.Height;
        return pixels <= Math.Min(maxPixels, Array.MaxLength / 4) ? info : throw new VideoFormatException(path,
            $"has frames of {info.Width}x{info.Height}, {pixels.Of("pixel")}, above the limit of {Math.Min(maxPixels, Array.MaxLength / 4)}",
            "scale it down, or raise MaxPixels (--max-pixels)");
    }

    /// <summary>Understands what ffprobe prints.</summary>
    internal static VideoInfo Parse(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement[] streams = [.. Get(document.RootElement, "streams") is { ValueKind: JsonValueKind.Array } all ? all.EnumerateArray() : []];
            JsonElement? video = First(streams, s => Text(s, "codec_type") == "video" && !IsCover(s)), audio = First(streams, s => Text(s, "codec_type") == "audio");
            if (video is not { } picture || Number(picture, "width") is not (>= 1 and <= int.MaxValue) || Number(picture, "height") is not (>= 1 and <= int.MaxValue))
            {
                throw new VideoFormatException(path, "holds no moving picture", "name a video file");
            }
            (int width, int height) = SizeOf(picture);
            FrameRate rate = RateOf(picture);
            return new VideoInfo
            {
                Path = path,
                Width = width,
                Height = height,
                FrameRate = rate,
                FrameCount = CountOf(picture, rate, Get(document.RootElement, "format")),
                VideoStream = (int)(Number(picture, "index") ?? 0),
                AudioStream = audio is { } track ? (int)(Number(track, "index") ?? 0) : 0,
                AudioCodec = audio is { } sound ? Text(sound, "codec_name") ?? "unknown" : null,
            };
        }
        catch (JsonException e)
        {
            throw new FfmpegException(path, "got no JSON from ffprobe", "install a newer ffmpeg", e);
        }
    }

    // Pixels are made square by enlarging, so that nothing is lost, and then turned upright.
    private static (int Width, int Height) SizeOf(JsonElement stream)
    {
        double width = Number(stream, "width")!.Value, height = Number(stream, "height")!.Value;
        string[] aspect = (Text(stream, "sample_aspect_ratio") ?? "1:1").Split(':');
        if (aspect.Length == 2 && int.TryParse(aspect[0], out int across) && int.TryParse(aspect[1], out int down) && across > 0 && down > 0)
        {
            (width, height) = across > down ? (width * across / down, height) : (width, height * down / across);
        }
        (int, int) size = ((int)Math.Min(int.MaxValue, Math.Round(width)), (int)Math.Min(int.MaxValue, Math.Round(height)));
        return Math.Abs(Math.Round(RotationOf(stream) / 90)) % 2 == 1 ? (size.Item2, size.Item1) : size;
    }

    // Degrees, from the display matrix; ffmpeg before 5.0 tells it as a tag.
    private static double RotationOf(JsonElement stream)
    {
        if (Get(stream, "side_data_list") is { ValueKind: JsonValueKind.Array } sideData)
        {
            foreach (JsonElement data in sideData.EnumerateArray())
            {
                if (Number(data, "rotation") is { } degrees)
                {
                    return degrees;
                }
            }
        }
        return Get(stream, "tags") is { } tags ? Number(tags, "rotate") ?? 0 : 0;
    }

    private static FrameRate RateOf(JsonElement stream)
    {
        foreach (string name in (string[])["avg_frame_rate", "r_frame_rate"])
        {
            if (FrameRate.Parse(Text(stream, name)) is { Value: <= MostRate } rate)
            {
                return rate;
            }
        }
        return _assumed;
    }

    private static long? CountOf(JsonElement stream, FrameRate rate, JsonElement? format)
    {
        double? seconds = Number(stream, "duration") ?? (format is { } whole ? Number(whole, "duration") : null);
        double? frames = Number(stream, "nb_frames") ?? seconds * rate.Value;
        return frames is > 0 and < long.MaxValue ? (long)Math.Round(frames.Value) : null;
    }

    private static bool IsCover(JsonElement stream) => Get(stream, "disposition") is { } disposition && Number(disposition, "attached_pic") == 1;

    private static JsonElement? First(JsonElement[] streams, Func<JsonElement, bool> holds) =>
        streams.Where(holds).Select(s => (JsonElement?)s).FirstOrDefault();

    private static JsonElement? Get(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Get(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    // ffprobe writes some numbers as numbers and some as text.
    private static double? Number(JsonElement element, string name) => Get(element, name) switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        { ValueKind: JsonValueKind.String } text when double.TryParse(text.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) => value,
        _ => null,
    };

    private static VideoFormatException Fault(string path, string fault, string fix, Exception? inner) => new(path, fault, fix, inner);
}
