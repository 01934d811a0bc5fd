using SegML.Colors;
using SegML.Images;

namespace SegML.Tests.Colors;

/// <summary>Colours to test with.</summary>
internal static class Palettes
{
    public static IEnumerable<object[]> Spaces => Enum.GetValues<ColorSpace>().Select(s => new object[] { s });

    /// <summary>A grid over the cube, all greys, every colour near black and near white, and many at random: 34,000 or so.</summary>
    public static RgbaImage Dense { get; } = Of([.. Grid(), .. Greys(), .. Corner(0), .. Corner(240), .. Random(21_803)]);

    public static RgbaImage Of(params (int R, int G, int B)[] colors)
    {
        var image = new RgbaImage(colors.Length, 1);
        for (int i = 0; i < colors.Length; i++)
        {
            Span<byte> pixel = image.Pixels.Slice(4 * i, 4);
            (pixel[0], pixel[1], pixel[2], pixel[3]) = ((byte)colors[i].R, (byte)colors[i].G, (byte)colors[i].B, 255);
        }
        return image;
    }

    public static float[] Convert(RgbaImage image, ColorSpace space)
    {
        float[] planes = new float[ColorChannel.Of(space).Count * image.Width * image.Height];
        ColorConverter.ToPlanes(image, space, planes);
        return planes;
    }

    private static IEnumerable<(int R, int G, int B)> Grid() => Cube(0, 17);

    private static IEnumerable<(int R, int G, int B)> Corner(int least) => Cube(least, 1);

    private static IEnumerable<(int R, int G, int B)> Cube(int least, int step) =>
        Enumerable.Range(0, 16 * 16 * 16).Select(i => (least + step * (i >> 8), least + step * (i >> 4 & 15), least + step * (i & 15)));

    private static IEnumerable<(int R, int G, int B)> Greys() => Enumerable.Range(0, 256).Select(i => (i, i, i));

    private static IEnumerable<(int R, int G, int B)> Random(int count)
    {
        var random = new Random(1);
        return Enumerable.Range(0, count).Select(_ => (random.Next(256), random.Next(256), random.Next(256)));
    }
}
