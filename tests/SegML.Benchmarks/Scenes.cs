using SegML.Images;

namespace SegML.Benchmarks;

/// <summary>Draws the photographs that benchmarks read: a sky, a road, boxes, and noise that costs a JPEG decoder what a real frame costs.</summary>
internal static class Scenes
{
    /// <summary>Writes JPEGs into a folder.</summary>
    /// <returns>Their paths.</returns>
    public static IReadOnlyList<string> Write(string folder, int count, int width, int height)
    {
        var paths = new List<string>();
        for (int i = 0; i < count; i++)
        {
            using RgbaImage image = Draw(new Random(i), width, height);
            string path = Path.Combine(folder, $"scene{i:00}.jpg");
            ImageFile.Write(path, image);
            paths.Add(path);
        }
        return paths;
    }

    /// <summary>Draws one.</summary>
    public static RgbaImage Draw(Random random, int width, int height)
    {
        var image = new RgbaImage(width, height);
        double horizon = height * (0.35 + 0.2 * random.NextDouble()), vanishing = width * (0.3 + 0.4 * random.NextDouble());
        for (int y = 0; y < height; y++)
        {
            double depth = Math.Max(0, (y - horizon) / (height - horizon));
            for (int x = 0; x < width; x++)
            {
                bool road = depth > 0 && Math.Abs(x - vanishing) < depth * width * 0.6;
                int level = y < horizon ? 170 + 60 * y / height : road ? 90 : 60;
                int grain = random.Next(-14, 15);
                Put(image, x, y, level + grain, level + grain + (road || y < horizon ? 0 : 40), level + grain + (y < horizon ? 35 : 0));
            }
        }
        for (int box = 0; box < 14; box++)
        {
            int w = random.Next(width / 30, width / 6), h = random.Next(height / 20, height / 3);
            int left = random.Next(width - w), top = Math.Clamp((int)horizon - h + random.Next(height / 4), 0, height - h);
            int red = random.Next(40, 220), green = random.Next(40, 220), blue = random.Next(40, 220);
            for (int y = top; y < top + h; y++)
            {
                for (int x = left; x < left + w; x++)
                {
                    int shade = (x - left) * 30 / w + random.Next(-8, 9);
                    Put(image, x, y, red + shade, green + shade, blue + shade);
                }
            }
        }
        return image;
    }

    private static void Put(RgbaImage image, int x, int y, int red, int green, int blue)
    {
        Span<byte> pixel = image.Pixels.Slice(4 * (y * image.Width + x), 4);
        pixel[0] = (byte)Math.Clamp(red, 0, 255);
        pixel[1] = (byte)Math.Clamp(green, 0, 255);
        pixel[2] = (byte)Math.Clamp(blue, 0, 255);
        pixel[3] = 255;
    }
}
