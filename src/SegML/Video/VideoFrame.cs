using SegML.Images;

namespace SegML.Video;

/// <summary>A frame of a video.</summary>
/// <param name="Index">Its place in the video, from 0.</param>
/// <param name="Image">Its pixels, upright. Dispose it to give its memory back.</param>
public readonly record struct VideoFrame(long Index, RgbaImage Image);
