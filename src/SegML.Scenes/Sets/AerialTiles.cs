namespace SegML.Scenes.Sets;

/// <summary>Tiles of a town from above: nothing has an upper side.</summary>
internal static class AerialTiles
{
    private const int Side = 256;

    public static DrawnSet Set { get; } = new("aerial", "tiles from above, no upper side", ["ground", "road", "roof", "tree", "water"], Draw) { Train = 32 };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Side, Side);
        double turn = 3.14 * random.NextDouble();
        if (random.Next(3) == 0)
        {
            drawing.Stamp(Shape.Ellipse(Side * random.NextDouble(), Side * random.NextDouble(), 45, 28, turn), 4);
        }
        for (int i = 2 + random.Next(2); i > 0; i--)
        {
            (double x, double y) = (Side * random.NextDouble(), Side * random.NextDouble());
            double angle = turn + (i % 2 == 0 ? 1.57 : 0);
            (double dx, double dy) = (400 * Math.Cos(angle), 400 * Math.Sin(angle));
            drawing.Stamp(Shape.Line((x - dx, y - dy), (x + dx, y + dy), 9), 1);
        }
        for (int i = 0; i < 40; i++)
        {
            (double x, double y) = (Side * random.NextDouble(), Side * random.NextDouble());
            Shape thing = i % 2 == 0 ? Shape.Box(x, y, 16 + 14 * random.NextDouble(), 14 + 8 * random.NextDouble(), turn) : Shape.Disc(x, y, 5 + 5 * random.NextDouble());
            if (IsFree(drawing, thing))
            {
                drawing.Stamp(thing, i % 2 == 0 ? 2 : 3);
            }
        }
        var grass = new Texture(random, 7);
        var field = new Texture(random, 60);
        double[] roof = random.Next(2) == 0 ? [0.6, 0.3, 0.22] : [0.5, 0.5, 0.52];
        drawing.Paint(random, 0.035, (x, y, id) => id switch
        {
            1 => new(0.45, 0.45, 0.46),
            2 => new(roof[0] + 0.03 * grass.At(y, x), roof[1], roof[2]),
            3 => new(0.15 + 0.1 * grass.At(2 * x, 2 * y), 0.35 + 0.1 * grass.At(2 * x, 2 * y), 0.15),
            4 => new(0.15, 0.28, 0.38 + 0.03 * field.At(x, y)),
            _ => new(0.38 + 0.12 * field.At(x, y), 0.5 + 0.06 * grass.At(x, y), 0.28),
        });
        return drawing;
    }

    // Houses and trees stand on the ground, not on roads or in water.
    private static bool IsFree(DrawnImage drawing, Shape thing)
    {
        for (int y = Math.Max(0, (int)thing.Top); y < Math.Min(Side, thing.Bottom); y += 2)
        {
            for (int x = Math.Max(0, (int)thing.Left); x < Math.Min(Side, thing.Right); x += 2)
            {
                if (drawing.Ids[y * Side + x] != 0 && thing.Holds(x, y))
                {
                    return false;
                }
            }
        }
        return true;
    }
}
