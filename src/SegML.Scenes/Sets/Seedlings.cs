namespace SegML.Scenes.Sets;

/// <summary>Crop and weed on soil, from above; eight photos are all there are.</summary>
internal static class Seedlings
{
    private const int Width = 320, Height = 240;

    public static DrawnSet Set { get; } = new("seedlings", "eight images to train on", ["soil", "crop", "weed"], Draw) { Train = 8 };

    private static DrawnImage Draw(Random random, int number)
    {
        var drawing = new DrawnImage(Width, Height);
        for (int i = 0; i < 12; i++)
        {
            bool crop = i % 2 == 0;
            (double x, double y, double turn) = (Width * random.NextDouble(), Height * random.NextDouble(), 6.28 * random.NextDouble());
            // A crop has four broad leaves, a weed seven narrow ones.
            int leaves = crop ? 4 : 7;
            double length = (crop ? 15 : 13) * (0.8 + 0.4 * random.NextDouble());
            for (int leaf = 0; leaf < leaves; leaf++)
            {
                double angle = turn + 6.2832 * leaf / leaves;
                drawing.Stamp(Shape.Ellipse(x + length * Math.Cos(angle), y + length * Math.Sin(angle), length, crop ? 7 : 2.5, angle), crop ? 1 : 2);
            }
        }
        var soil = new Texture(random, 9);
        var shade = new Texture(random, 120);
        drawing.Paint(random, 0.03, (x, y, id) =>
        {
            double light = 1 + 0.25 * shade.At(x, y), clod = 0.1 * soil.At(x, y);
            return id == 0
                ? new(light * (0.42 + clod), light * (0.33 + clod), light * (0.24 + clod))
                : new(light * (0.2 + clod / 2), light * (0.5 + clod / 2), light * (0.18 + clod / 2));
        });
        return drawing;
    }
}
