using SegML.Images;

namespace SegML.Tests.Images;

[TestClass]
public class ImageResizerTests
{
    [TestMethod]
    [DataRow(1920, 1208, 480, 360)]
    [DataRow(64, 48, 17, 13)]
    [DataRow(17, 13, 64, 48)]
    [DataRow(33, 20, 11, 50)]
    [DataRow(5, 90, 29, 31)]
    [DataRow(1, 1, 7, 3)]
    [DataRow(7, 3, 1, 1)]
    [DataRow(100, 100, 99, 101)]
    public void ResizeMatchesDoublePrecisionReference(int width, int height, int newWidth, int newHeight)
    {
        using RgbaImage image = TestImages.Noise(width, height, seed: 7, opaque: false);
        using RgbaImage resized = ImageResizer.Resize(image, newWidth, newHeight);
        double[] exact = Reference(image, newWidth, newHeight);
        double worst = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs(exact[i] - resized.Pixels[i]));
        }
        Assert.IsLessThanOrEqualTo(0.502, worst, "rounding alone may be half a level");
    }

    [TestMethod]
    public void ResizeToTheSameSizeCopies()
    {
        using RgbaImage image = TestImages.Noise(31, 9, seed: 1, opaque: false);
        using RgbaImage same = ImageResizer.Resize(image, 31, 9);
        Assert.IsTrue(image.Pixels.SequenceEqual(same.Pixels));
    }

    [TestMethod]
    public void ResizeKeepsAFlatImageFlat()
    {
        using var image = new RgbaImage(611, 377);
        image.Pixels.Fill(255);
        foreach ((int width, int height) in new[] { (480, 360), (1000, 900), (3, 800), (800, 3) })
        {
            using RgbaImage resized = ImageResizer.Resize(image, width, height);
            Assert.AreEqual(-1, resized.Pixels.IndexOfAnyExcept((byte)255), $"{width}x{height}");
        }
    }

    [TestMethod]
    public void ResizeIntoItselfIsRefused()
    {
        using var image = new RgbaImage(2, 2);
        Assert.ThrowsExactly<ArgumentException>(() => ImageResizer.Resize(image, image));
    }

    // The definition, written as plainly as it goes: along each axis a matrix of weights.
    private static double[] Reference(RgbaImage image, int newWidth, int newHeight)
    {
        double[][] columns = Weights(image.Width, newWidth);
        double[][] rows = Weights(image.Height, newHeight);
        var half = new double[newHeight * image.Width * 4];
        for (int y = 0; y < newHeight; y++)
        {
            for (int sy = 0; sy < image.Height; sy++)
            {
                for (int i = 0; rows[y][sy] != 0 && i < image.Width * 4; i++)
                {
                    half[y * image.Width * 4 + i] += rows[y][sy] * image.Pixels[sy * image.Width * 4 + i];
                }
            }
        }
        var result = new double[newWidth * newHeight * 4];
        for (int x = 0; x < newWidth; x++)
        {
            for (int sx = 0; sx < image.Width; sx++)
            {
                for (int y = 0; columns[x][sx] != 0 && y < newHeight; y++)
                {
                    for (int c = 0; c < 4; c++)
                    {
                        result[(y * newWidth + x) * 4 + c] += columns[x][sx] * half[(y * image.Width + sx) * 4 + c];
                    }
                }
            }
        }
        return result;
    }

    private static double[][] Weights(int source, int destination)
    {
        double scale = (double)source / destination;
        var rows = new double[destination][];
        for (int i = 0; i < destination; i++)
        {
            rows[i] = new double[source];
            double centre = (i + 0.5) * scale - 0.5;
            for (int s = 0; s < source; s++)
            {
                rows[i][s] = source > destination
                    ? Math.Max(0, Math.Min((i + 1) * scale, s + 1) - Math.Max(i * scale, s)) / scale
                    : Math.Max(0, 1 - Math.Abs(Math.Clamp(centre, 0, source - 1) - s));
            }
        }
        return rows;
    }
}
