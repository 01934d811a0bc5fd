namespace SegML.Colors.Kernels;

/// <summary>One colour space's formulas, eight colours at a time.</summary>
internal interface IColorKernel
{
    /// <summary>The space's channels, 1, 3 or 4, and what sRGB colours reach in each; where those are no round numbers, rounded outwards.</summary>
    static abstract ColorChannel[] Channels { get; }

    /// <summary>
    /// Whether RGB is linear light, 0..1. If not it is the bytes as they are, 0..255: whole numbers, so that differences are exact.
    /// </summary>
    static abstract bool IsLinear { get; }

    /// <summary>RGB to the space.</summary>
    static abstract Lanes FromRgb(Lanes rgb);

    /// <summary>The space to RGB, not clamped.</summary>
    static abstract Lanes ToRgb(Lanes color);
}
