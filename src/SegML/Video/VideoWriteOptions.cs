namespace SegML.Video;

/// <summary>How a video is written.</summary>
public sealed record VideoWriteOptions
{
    /// <summary>Frames a second, in most files that of the video that the frames come from.</summary>
    public required FrameRate FrameRate { get; init; }

    /// <summary>The video whose first sound track is copied; null: no sound. Default null.</summary>
    public VideoInfo? AudioFrom { get; init; }
}
