namespace SegML.Scoring;

/// <summary>Bilinear sampling at half-pixel centres: ONNX Resize's half_pixel, PyTorch's align_corners=False.</summary>
internal static class HalfPixel
{
    /// <summary>Where an output pixel's centre lies among the source's: the index before it, and the share of the one after.</summary>
    public static (int Index, float Weight) Source(int at, int size, int sourceSize)
    {
        double position = Math.Clamp((at + 0.5) * sourceSize / size - 0.5, 0, sourceSize - 1);
        int index = (int)position;
        return (index, (float)(position - index));
    }

    /// <summary>The value between two. All users share it, so that rounding is the same for all.</summary>
    public static float Mix(float from, float to, float weight) => from + (to - from) * weight;
}
