using System.Runtime.InteropServices;
using SegML.Images;

namespace SegML.Training.Data.Effects;

/// <summary>Blanks a rectangle (DeVries and Taylor 2017). What was there cannot be known, so the loss leaves it out.</summary>
internal static class Cutout
{
    /// <param name="image">Changed in place.</param>
    /// <param name="ids">Changed in place.</param>
    /// <param name="greatest">Greatest side, as a share of the image's.</param>
    /// <param name="random">Decides size and place.</param>
    /// <param name="blank">The pixel and the id that take the place.</param>
    public static void Apply(RgbaImage image, Span<byte> ids, double greatest, ref SampleRandom random, (uint Pixel, byte Id) blank)
    {
        (int left, int top, int width, int height) = Draw(image.Width, image.Height, greatest, ref random);
        for (int y = top; y < top + height; y++)
        {
            MemoryMarshal.Cast<byte, uint>(image.Row(y)).Slice(left, width).Fill(blank.Pixel);
            ids.Slice(y * image.Width + left, width).Fill(blank.Id);
        }
    }

    /// <summary>Draws the rectangle, in pixels.</summary>
    public static (int Left, int Top, int Width, int Height) Draw(int imageWidth, int imageHeight, double greatest, ref SampleRandom random)
    {
        int width = Side(imageWidth, ref random), height = Side(imageHeight, ref random);
        return (random.Below(imageWidth - width + 1), random.Below(imageHeight - height + 1), width, height);

        int Side(int size, ref SampleRandom random) => (int)Math.Ceiling(size * random.Between(0, greatest));
    }
}
