namespace SegML.Scenes.Sets;

/// <summary>Brushed metal with scratches: a hundredth of the pixels, and some sheets have none.</summary>
internal static class Scratches
{
    private const int Width = 320, Height = 256;

    public static DrawnSet Set { get; } = new("scratches", "one per cent foreground", ["metal", "scratch"], Draw) { Train = 32 };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Width, Height);
        for (int i = random.Next(7); i > 0; i--)
        {
            (double x, double y, double angle) = (Width * random.NextDouble(), Height * random.NextDouble(), 6.28 * random.NextDouble());
            for (int part = 0; part < 8; part++)
            {
                angle += 0.5 * (random.NextDouble() - 0.5);
                (double nextX, double nextY) = (x + 9 * Math.Cos(angle), y + 9 * Math.Sin(angle));
                drawing.Stamp(Shape.Line((x, y), (nextX, nextY), 4), 1);
                (x, y) = (nextX, nextY);
            }
        }
        var shade = new Texture(random, 60);
        // Brushed: streaks along the rows, of which no scratch is made.
        double[] streaks = [.. Enumerable.Range(0, Height).Select(_ => 0.06 * (random.NextDouble() - 0.5))];
        drawing.Paint(random, 0.03, (x, y, id) =>
        {
            double light = 0.55 + 0.12 * shade.At(x, y) + streaks[y] + (id == 1 ? 0.2 : 0);
            return new(light, light, 1.03 * light);
        });
        return drawing;
    }
}
