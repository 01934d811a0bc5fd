namespace SegML.Scenes.Sets;

/// <summary>The same kind of view at sizes from 64x64 to 3000x2000.</summary>
internal static class Landscapes
{
    private static readonly (int Width, int Height)[] Sizes = [(64, 64), (640, 480), (96, 128), (3000, 2000), (320, 240), (64, 64), (200, 400), (128, 96)];

    public static DrawnSet Set { get; } = new("landscapes", "3000x2000 beside 64x64", ["sky", "hill", "water", "sun"], Draw);

    private static DrawnImage Draw(Random random, int number)
    {
        (int width, int height) = Sizes[number % Sizes.Length];
        double side = Math.Sqrt((double)width * height);
        var drawing = new DrawnImage(width, height);
        double sunX = width * random.NextDouble(), sunY = height * (0.1 + 0.3 * random.NextDouble()), shore = height * (0.65 + 0.2 * random.NextDouble());
        drawing.Stamp(Shape.Disc(sunX, sunY, side * (0.05 + 0.05 * random.NextDouble())), 3);
        var ridge = new Texture(random, side / 4);
        double horizon = height * (0.4 + 0.15 * random.NextDouble());
        for (int x = 0; x < width; x++)
        {
            int top = (int)(horizon + 0.12 * height * ridge.At(x, 0));
            for (int y = top; y < height; y++)
            {
                drawing.Ids[y * width + x] = (byte)(y < shore ? 1 : 2);
            }
        }
        var ground = new Texture(random, side / 20);
        var ripple = new Texture(random, side / 40);
        double day = 0.8 + 0.2 * random.NextDouble();
        drawing.Paint(random, 0.02, (x, y, id) => id switch
        {
            0 => new(day * (0.45 + 0.2 * y / height), day * (0.6 + 0.2 * y / height), day * 0.9),
            1 => new(day * (0.3 + 0.1 * ground.At(x, y)), day * (0.42 + 0.1 * ground.At(x, y)), day * 0.2),
            2 => new(day * 0.3, day * (0.45 + 0.06 * ripple.At(x, 4 * y)), day * (0.75 + 0.08 * ripple.At(x, 4 * y))),
            _ => new(day, 0.95 * day, 0.6 * day),
        });
        return drawing;
    }
}
