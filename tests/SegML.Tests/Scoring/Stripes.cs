using SegML.Images;
using SegML.Masks;

namespace SegML.Tests.Scoring;

/// <summary>Three upright stripes, red, green and blue: what the tiny model tells apart.</summary>
internal static class Stripes
{
    public static RgbaImage Draw(int width, int height)
    {
        var image = new RgbaImage(width, height);
        image.Pixels.Fill(20);
        for (int i = 0; i < width * height; i++)
        {
            image.Pixels[4 * i + 3 * (i % width) / width] = 220;
            image.Pixels[4 * i + 3] = 255;
        }
        return image;
    }

    /// <summary>Right everywhere but within resampling's reach of the stripes' edges.</summary>
    public static void Check(SegmentationMask mask, int width, int height)
    {
        Assert.AreEqual((width, height), (mask.Width, mask.Height));
        int reach = 2 + width / 48;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int stripe = 3 * x / width;
                if (3 * Math.Max(0, x - reach) / width == stripe && 3 * Math.Min(width - 1, x + reach) / width == stripe)
                {
                    Assert.AreEqual(stripe, mask[x, y], $"at ({x}, {y})");
                }
            }
        }
    }
}
