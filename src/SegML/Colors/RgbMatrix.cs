namespace SegML.Colors;

/// <summary>
/// What leads from linear sRGB to CIE XYZ and on. Derived, not copied, from the chromaticities of IEC 61966-2-1, so that white
/// is exactly the sum of the primaries and grey is neutral in every space.
/// </summary>
internal static class RgbMatrix
{
    /// <summary>D65 as sRGB defines it, x = 0.3127, y = 0.3290, scaled to Y = 1.</summary>
    public static readonly (double X, double Y, double Z) White = (0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290);

    /// <summary>Linear RGB to XYZ: each primary's column, scaled so that together they make the white.</summary>
    public static readonly Matrix3 ToXyz = FromPrimaries();

    /// <summary>Linear RGB to XYZ relative to the white: grey has three equal values.</summary>
    public static readonly Matrix3 ToRelativeXyz = Matrix3.Diagonal(1 / White.X, 1 / White.Y, 1 / White.Z) * ToXyz;

    /// <summary>Linear RGB to cone responses: Hunt, Pointer and Estevez's matrix for D65, after XYZ.</summary>
    public static readonly Matrix3 ToLms = new Matrix3(0.40024, 0.7076, -0.08081, -0.2263, 1.16532, 0.0457, 0, 0, 0.91822) * ToXyz;

    private static Matrix3 FromPrimaries()
    {
        // Chromaticities of red, green and blue as columns x, y, 1 - x - y.
        var primaries = new Matrix3(0.64, 0.30, 0.15, 0.33, 0.60, 0.06, 0.03, 0.10, 0.79);
        (double red, double green, double blue) = primaries.Inverse().Apply(White.X, White.Y, White.Z);
        return primaries * Matrix3.Diagonal(red, green, blue);
    }
}
