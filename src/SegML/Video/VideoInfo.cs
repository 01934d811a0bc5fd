namespace SegML.Video;

/// <summary>What a video file says of itself.</summary>
public sealed record VideoInfo
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>A frame's width in square pixels, upright.</summary>
    public required int Width { get; init; }

    /// <summary>A frame's height in square pixels, upright.</summary>
    public required int Height { get; init; }

    /// <summary>Frames a second; the average where the rate varies.</summary>
    public required FrameRate FrameRate { get; init; }

    /// <summary>How many frames there are; null where the file does not say. Counted in the file, else its length times the rate.</summary>
    public long? FrameCount { get; init; }

    /// <summary>The codec of the first sound track, in ffmpeg's words; null: there is none.</summary>
    public string? AudioCodec { get; init; }

    /// <summary>The picture's stream in the file.</summary>
    internal int VideoStream { get; init; }

    /// <summary>The first sound track's stream in the file.</summary>
    internal int AudioStream { get; init; }
}
