namespace SegML.Scenes.Sets;

/// <summary>Images with an alpha channel that varies from pixel to pixel and says nothing about the classes.</summary>
internal static class Stickers
{
    private const int Width = 160, Height = 120;

    public static DrawnSet Set { get; } = new("stickers", "RGBA", ["ground", "round", "square"], Draw);

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Width, Height, channels: 4);
        for (int i = 0; i < 6; i++)
        {
            (double x, double y, double radius) = (Width * random.NextDouble(), Height * random.NextDouble(), 10 + 8 * random.NextDouble());
            drawing.Stamp(i % 2 == 0 ? Shape.Disc(x, y, radius) : Shape.Box(x, y, 1.8 * radius, 1.8 * radius, random.NextDouble()), 1 + i % 2);
        }
        var veil = new Texture(random, 25);
        var ground = new Texture(random, 15);
        double hue = random.NextDouble();
        drawing.Paint(random, 0.03, (x, y, id) =>
        {
            double alpha = 0.6 + 0.4 * veil.At(x, y), patch = 0.08 * ground.At(x, y);
            // Both stickers have the same colours: their shape tells them apart.
            return id == 0 ? new(0.45 + patch, 0.45 + patch, 0.5 + patch, alpha) : new(0.9 - 0.6 * hue, 0.2 + 0.6 * hue, 0.3, alpha);
        });
        return drawing;
    }
}
