namespace SegML.Scenes.Sets;

/// <summary>Hundreds of grains a few pixels large, round and long ones.</summary>
internal static class Grains
{
    private const int Width = 448, Height = 336;

    public static DrawnSet Set { get; } = new("grains", "many small objects", ["tray", "round", "long"], Draw) { Train = 20, Held = 6 };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Width, Height);
        for (int i = 150 + random.Next(100); i > 0; i--)
        {
            (double x, double y, bool round) = (Width * random.NextDouble(), Height * random.NextDouble(), random.Next(2) == 0);
            double size = 3 + 2 * random.NextDouble();
            drawing.Stamp(round ? Shape.Disc(x, y, size) : Shape.Ellipse(x, y, 1.9 * size, 0.55 * size, 3.14 * random.NextDouble()), round ? 1 : 2);
        }
        var tray = new Texture(random, 100);
        var husk = new Texture(random, 3);
        drawing.Paint(random, 0.04, (x, y, id) =>
        {
            double light = 0.9 + 0.12 * tray.At(x, y), shade = 0.06 * husk.At(x, y);
            return id == 0 ? new(0.35 * light, 0.38 * light, 0.42 * light) : new(light * (0.75 + shade), light * (0.62 + shade), light * (0.4 + shade));
        });
        return drawing;
    }
}
