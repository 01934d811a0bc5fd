using SegML.Images;
using SegML.Masks;

namespace SegML.Drawing;

/// <summary>A colour that is mixed into pixels. Red and blue share a register: both channels of a pixel in one multiplication.</summary>
internal readonly struct Tint
{
    private readonly uint _keep, _redBlue, _green;

    /// <param name="color">The colour.</param>
    /// <param name="opacity">0 (nothing) to 256 (covers).</param>
    public Tint(Rgb color, int opacity)
    {
        _keep = (uint)(256 - opacity);
        _redBlue = (uint)((color.B << 16 | color.R) * opacity + 0x0080_0080);
        _green = (uint)(color.G * opacity + 0x80);
    }

    /// <summary>The mixed pixel, rounded; it is opaque.</summary>
    /// <param name="pixel">Red in the lowest byte.</param>
    public uint Apply(uint pixel)
    {
        uint redBlue = (pixel & 0x00FF_00FF) * _keep + _redBlue;
        uint green = (pixel >> 8 & 0xFF) * _keep + _green;
        return redBlue >> 8 & 0x00FF_00FF | green & 0xFF00 | 0xFF00_0000;
    }
}
