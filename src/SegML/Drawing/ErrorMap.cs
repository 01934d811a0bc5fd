using SegML.Images;
using SegML.Masks;

namespace SegML.Drawing;

/// <summary>Draws where a predicted mask is wrong.</summary>
public static class ErrorMap
{
    /// <summary>The colour of wrong pixels.</summary>
    public static Rgb Wrong { get; } = new(214, 39, 40);

    /// <summary>The colour of pixels that count for nothing.</summary>
    public static Rgb Ignored { get; } = new(120, 128, 140);

    /// <summary>Draws wrong pixels in <see cref="Wrong"/>, ignored ones in <see cref="Ignored"/>, and right ones as a pale grey image.</summary>
    /// <param name="image">The image; it is not changed.</param>
    /// <param name="truth">The true mask, of the image's size.</param>
    /// <param name="predicted">The predicted mask, of the image's size.</param>
    /// <returns>A new image. Dispose it to give its memory back.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static RgbaImage Draw(RgbaImage image, SegmentationMask truth, SegmentationMask predicted)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        if ((truth.Width, truth.Height) != (image.Width, image.Height) || (predicted.Width, predicted.Height) != (image.Width, image.Height))
        {
            throw new ArgumentException($"masks of {truth.Width}x{truth.Height} and {predicted.Width}x{predicted.Height} for an image of "
                + $"{image.Width}x{image.Height}", nameof(predicted));
        }
        var result = new RgbaImage(image.Width, image.Height);
        ReadOnlySpan<byte> from = image.Pixels, wanted = truth.Ids, got = predicted.Ids;
        Span<byte> to = result.Pixels;
        int classes = truth.Classes.Values;
        for (int i = 0; i < wanted.Length; i++)
        {
            int at = 4 * i;
            Rgb color;
            if (wanted[i] >= classes)
            {
                color = Ignored;
            }
            else if (wanted[i] != got[i])
            {
                color = Wrong;
            }
            else
            {
                // Rec. 601 luma, then two thirds of the way to white.
                byte grey = (byte)(170 + (77 * from[at] + 150 * from[at + 1] + 29 * from[at + 2] >> 8) / 3);
                color = new Rgb(grey, grey, grey);
            }
            (to[at], to[at + 1], to[at + 2], to[at + 3]) = (color.R, color.G, color.B, 255);
        }
        return result;
    }
}
