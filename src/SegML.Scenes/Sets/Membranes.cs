namespace SegML.Scenes.Sets;

/// <summary>Cells under a microscope, grey: thin dark membranes between them, dark vesicles inside that are none.</summary>
internal static class Membranes
{
    private const int Side = 512;

    public static DrawnSet Set { get; } = new("membranes", "grey microscopy of 512x512", ["cell", "membrane"], Draw) { Train = 16, Held = 4 };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Side, Side, channels: 1);
        (double X, double Y)[] cells = [.. Enumerable.Range(0, 40).Select(_ => (Side * random.NextDouble(), Side * random.NextDouble()))];
        Texture wobbleX = new(random, 40), wobbleY = new(random, 40);
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                (double px, double py) = (x + 8 * wobbleX.At(x, y), y + 8 * wobbleY.At(x, y));
                double near = double.MaxValue, next = double.MaxValue;
                foreach ((double cx, double cy) in cells)
                {
                    double distance = Math.Sqrt((px - cx) * (px - cx) + (py - cy) * (py - cy));
                    (near, next) = distance < near ? (distance, near) : (near, Math.Min(next, distance));
                }
                // Halfway between two cells, some five pixels wide and wider where they stand at an angle.
                drawing.Ids[y * Side + x] = (byte)(next - near < 5 ? 1 : 0);
            }
        }
        Shape[] vesicles = [.. Enumerable.Range(0, 50).Select(_ => Shape.Disc(Side * random.NextDouble(), Side * random.NextDouble(), 2 + 5 * random.NextDouble()))];
        var dark = new bool[Side * Side];
        foreach (Shape vesicle in vesicles)
        {
            for (int y = Math.Max(0, (int)vesicle.Top); y < Math.Min(Side, vesicle.Bottom); y++)
            {
                for (int x = Math.Max(0, (int)vesicle.Left); x < Math.Min(Side, vesicle.Right); x++)
                {
                    dark[y * Side + x] |= vesicle.Holds(x + 0.5, y + 0.5);
                }
            }
        }
        var stain = new Texture(random, 90);
        double light = 0.6 + 0.1 * random.NextDouble();
        drawing.Paint(random, 0.08, (x, y, id) => new(light + 0.1 * stain.At(x, y) - (id == 1 ? 0.25 : dark[y * Side + x] ? 0.22 : 0)));
        return drawing;
    }
}
