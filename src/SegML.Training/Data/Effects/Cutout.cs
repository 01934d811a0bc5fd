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
        int width = Side(image.Width, ref random), height = Side(image.Height, ref random);
        int left = random.Below(image.Width - width + 1), top = random.Below(image.Height - height + 1);
        for (int y = top; y < top + height; y++)
        {
            MemoryMarshal.Cast<byte, uint>(image.Row(y)).Slice(left, width).Fill(blank.Pixel);
            ids.Slice(y * image.Width + left, width).Fill(blank.Id);
        }

        int Side(int size, ref SampleRandom random) => (int)Math.Ceiling(size * random.Between(0, greatest));
    }
}
