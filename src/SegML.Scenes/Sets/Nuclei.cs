namespace SegML.Scenes.Sets;

/// <summary>Fluorescent nuclei in 16 bits, of which the camera used twelve at most: as 8 bits, nearly black.</summary>
internal static class Nuclei
{
    private const int Side = 256;

    // A 12-bit camera's full scale in 16 bits.
    private const double Scale = 4095.0 / 65535;

    public static DrawnSet Set { get; } = new("nuclei", "16-bit grey of a 12-bit camera", ["background", "nucleus"], Draw) { IsDeep = true };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Side, Side, channels: 1);
        for (int i = 8 + random.Next(14); i > 0; i--)
        {
            double radius = 9 + 8 * random.NextDouble();
            drawing.Stamp(Shape.Ellipse(Side * random.NextDouble(), Side * random.NextDouble(), radius, radius * (0.6 + 0.4 * random.NextDouble()), 3.14 * random.NextDouble()), 1);
        }
        var haze = new Texture(random, 70);
        var stain = new Texture(random, 6);
        // Exposure differs from image to image.
        double exposure = 0.25 + 0.5 * random.NextDouble();
        drawing.Paint(random, 0.03 * Scale, (x, y, id) =>
            new(Scale * exposure * (0.25 + 0.1 * haze.At(x, y) + (id == 1 ? 0.4 + 0.15 * stain.At(x, y) : 0))));
        return drawing;
    }
}
