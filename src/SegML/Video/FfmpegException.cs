namespace SegML.Video;

/// <summary>The ffmpeg program, which reads and writes videos for SegML, is not there or does not start.</summary>
public sealed class FfmpegException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);
