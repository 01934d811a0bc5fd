using Microsoft.ML.Data;
using SegML.Images;

namespace SegML.Tests.Images;

/// <summary>Images made of numbers.</summary>
internal static class TestImages
{
    /// <summary>Every byte random, alpha too unless opaque.</summary>
    public static RgbaImage Noise(int width, int height, int seed, bool opaque = true)
    {
        var image = new RgbaImage(width, height);
        new Random(seed).NextBytes(image.Pixels);
        for (int i = 3; opaque && i < image.Pixels.Length; i += 4)
        {
            image.Pixels[i] = 255;
        }
        return image;
    }

    /// <summary>The same as ML.NET's image. Dispose it.</summary>
    public static MLImage MLNoise(int width, int height, int seed)
    {
        using RgbaImage image = Noise(width, height, seed);
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, image.Pixels);
    }

    /// <summary>A smooth opaque picture, which JPEG keeps well: red grows rightwards, green downwards.</summary>
    public static RgbaImage Gradient(int width, int height)
    {
        var image = new RgbaImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                Span<byte> pixel = image.Row(y).Slice(x * 4, 4);
                pixel[0] = (byte)(255 * x / Math.Max(1, width - 1));
                pixel[1] = (byte)(255 * y / Math.Max(1, height - 1));
                pixel[2] = 64;
                pixel[3] = 255;
            }
        }
        return image;
    }
}
