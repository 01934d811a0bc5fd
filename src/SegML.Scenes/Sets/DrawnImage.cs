
namespace SegML.Scenes.Sets;

/// <summary>An image and its mask while they are drawn: first the classes, then the look of each pixel.</summary>
/// <param name="width">Width in pixels.</param>
/// <param name="height">Height in pixels.</param>
/// <param name="channels">1 grey, 3 RGB, 4 RGBA.</param>
public sealed class DrawnImage(int width, int height, int channels = 3)
{
    /// <summary>Width in pixels.</summary>
    public int Width => width;

    /// <summary>Height in pixels.</summary>
    public int Height => height;

    /// <summary>1 grey, 3 RGB, 4 RGBA.</summary>
    public int Channels => channels;

    /// <summary>The class ids, row by row.</summary>
    public byte[] Ids { get; } = new byte[width * height];

    /// <summary>The image's values, 0 to 1, the channels of a pixel side by side.</summary>
    public float[] Values { get; } = new float[width * height * channels];

    /// <summary>Gives a shape's pixels a class.</summary>
    public void Stamp(Shape shape, int id)
    {
        ArgumentNullException.ThrowIfNull(shape);
        for (int y = Math.Max(0, (int)shape.Top - 1); y < Math.Min(height, (int)shape.Bottom + 2); y++)
        {
            for (int x = Math.Max(0, (int)shape.Left - 1); x < Math.Min(width, (int)shape.Right + 2); x++)
            {
                if (shape.Holds(x + 0.5, y + 0.5))
                {
                    Ids[y * width + x] = (byte)id;
                }
            }
        }
    }

    /// <summary>Gives every pixel its look.</summary>
    /// <param name="random">Draws the noise.</param>
    /// <param name="noise">The noise's standard deviation.</param>
    /// <param name="look">The channels' values for column, row and class; what lies beyond 0 to 1 is cut off.</param>
    public void Paint(Random random, double noise, Func<int, int, int, Pixel> look)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(look);
        for (int i = 0; i < Ids.Length; i++)
        {
            Pixel pixel = look(i % width, i / width, Ids[i]);
            for (int c = 0; c < channels; c++)
            {
                // The sum of three uniform numbers is close enough to a Gaussian one.
                double gaussian = 2 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
                Values[i * channels + c] = (float)Math.Clamp(pixel[c] + noise * gaussian, 0, 1);
            }
        }
    }
}
