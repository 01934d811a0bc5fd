namespace SegML.Scenes.Sets;

/// <summary>One soft blob or two on a background of the same hue; the masks are black and white, 0 and 255.</summary>
internal static class Polyps
{
    private const int Width = 240, Height = 208;

    public static DrawnSet Set { get; } = new("polyps", "binary masks of 0 and 255", ["background", "polyp"], Draw) { MasksAreBlackAndWhite = true };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Width, Height);
        for (int i = 1 + random.Next(2); i > 0; i--)
        {
            double radius = 14 + 22 * random.NextDouble();
            drawing.Stamp(Shape.Ellipse(Width * random.NextDouble(), Height * random.NextDouble(), radius, 0.75 * radius, 3.14 * random.NextDouble()), 1);
        }
        var fold = new Texture(random, 45);
        var vein = new Texture(random, 8);
        (double lampX, double lampY) = (Width * random.NextDouble(), Height * random.NextDouble());
        drawing.Paint(random, 0.025, (x, y, id) =>
        {
            double far = Math.Sqrt((x - lampX) * (x - lampX) + (y - lampY) * (y - lampY)) / Width;
            double light = 1.1 - 0.5 * far + 0.12 * fold.At(x, y);
            double red = id == 1 ? 0.72 : 0.65, rest = id == 1 ? 0.42 + 0.02 * vein.At(x, y) : 0.33 + 0.06 * vein.At(x, y);
            return new(light * red, light * rest, light * 0.9 * rest);
        });
        return drawing;
    }
}
