namespace SegML.Training.Data;

/// <summary>Turns a colour's chroma about its luma, in the plane of Rec. 601's colour differences.</summary>
internal static class HueTurn
{
    // The differences' customary scales, without which the turn would shear.
    private const double BlueScale = 0.492, RedScale = 0.877;

    /// <param name="red">The colour.</param>
    /// <param name="green">The colour.</param>
    /// <param name="blue">The colour.</param>
    /// <param name="degrees">The angle; at 0 the colour comes back exactly.</param>
    public static (double R, double G, double B) Of(double red, double green, double blue, double degrees)
    {
        if (degrees == 0)
        {
            return (red, green, blue);
        }
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        double luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        double u = BlueScale * (blue - luma), v = RedScale * (red - luma);
        double redDifference = (v * cosine + u * sine) / RedScale, blueDifference = (u * cosine - v * sine) / BlueScale;
        return (luma + redDifference, luma - (0.299 * redDifference + 0.114 * blueDifference) / 0.587, luma + blueDifference);
    }
}
