namespace SegML.Scenes.Sets;

/// <summary>Forty classes: shapes by colours on a plain ground. The last six are declared and never drawn.</summary>
internal static class Symbols
{
    private const int Width = 192, Height = 144, Count = 40, Absent = 6;

    private static readonly string[] Shapes = ["disc", "box", "triangle", "ring", "cross"];

    private static readonly (string Name, double[] Look)[] Colors =
    [
        ("red", [0.85, 0.15, 0.15]), ("green", [0.15, 0.7, 0.2]), ("blue", [0.15, 0.25, 0.85]), ("yellow", [0.9, 0.85, 0.1]),
        ("cyan", [0.1, 0.8, 0.85]), ("magenta", [0.85, 0.15, 0.8]), ("white", [0.95, 0.95, 0.95]), ("black", [0.05, 0.05, 0.05]),
    ];

    public static DrawnSet Set { get; } = new("symbols", "forty classes, six of them absent",
        ["ground", .. Enumerable.Range(0, Count - 1).Select(i => $"{Colors[i / Shapes.Length].Name} {Shapes[i % Shapes.Length]}")], Draw)
    { Train = 80, Held = 12 };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Width, Height);
        for (int i = 0; i < 10; i++)
        {
            int id = 1 + random.Next(Count - 1 - Absent);
            (double x, double y) = (Width * random.NextDouble(), Height * random.NextDouble());
            (double radius, double angle) = (9 + 6 * random.NextDouble(), 0.6 * (random.NextDouble() - 0.5));
            drawing.Stamp(((id - 1) % Shapes.Length) switch
            {
                0 => Shape.Disc(x, y, radius),
                1 => Shape.Box(x, y, 1.7 * radius, 1.7 * radius, angle),
                2 => Shape.Triangle(x, y, 1.2 * radius, angle),
                3 => Shape.Ring(x, y, radius),
                _ => Shape.Cross(x, y, radius, angle),
            }, id);
        }
        var paper = new Texture(random, 50);
        drawing.Paint(random, 0.04, (x, y, id) =>
        {
            double light = 0.08 * paper.At(x, y);
            double[] look = id == 0 ? [0.55, 0.5, 0.45] : Colors[(id - 1) / Shapes.Length].Look;
            return new(look[0] + light, look[1] + light, look[2] + light);
        });
        return drawing;
    }
}
