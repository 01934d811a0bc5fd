namespace SegML.Video;

/// <summary>A video file cannot be read: missing, empty, cut before its index, without a picture, too large, or not a video.</summary>
public sealed class VideoFormatException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);
