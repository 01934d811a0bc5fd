using SegML.Drawing;
using SegML.Images;
using SegML.Masks;

namespace SegML.Training.Data;

/// <summary>
/// A picture of what augmentation does: a line a sample, its original first, then what several epochs make of it. Above each image
/// lies its overlay, so that mask and image can be compared.
/// </summary>
public static class ContactSheet
{
    private const int Gap = 6;

    private static readonly OverlayOptions _overlay = new() { Legend = false };

    /// <summary>Draws it.</summary>
    /// <param name="augmenter">The samples.</param>
    /// <param name="samples">The number of samples, spread over the set; at least 1. A smaller set gives all it has.</param>
    /// <param name="versions">How many augmented versions of each, from epoch 0 on; at least 1.</param>
    /// <param name="cellWidth">Width of each picture in pixels, at least 16; its height follows from the crop's shape.</param>
    /// <returns>The sheet, which the caller disposes.</returns>
    /// <exception cref="SegMLException">A sample cannot be read.</exception>
    public static RgbaImage Draw(SampleAugmenter augmenter, int samples, int versions, int cellWidth = 240)
    {
        ArgumentNullException.ThrowIfNull(augmenter);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(versions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cellWidth, 16);
        int lines = Math.Min(samples, augmenter.Count), cellHeight = Math.Max(1, cellWidth * augmenter.Height / augmenter.Width);
        var sheet = new RgbaImage((versions + 1) * (cellWidth + Gap) + Gap, lines * (2 * cellHeight + 2 * Gap) + Gap);
        Paint.Fill(sheet, 0, 0, sheet.Width, sheet.Height, new Rgb(24, 24, 28));
        for (int line = 0; line < lines; line++)
        {
            // Samples that follow each other may be frames of one film: the lines are taken from all over the set.
            int sample = (int)((long)line * augmenter.Count / lines), top = Gap + line * (2 * cellHeight + 2 * Gap);
            for (int column = 0; column <= versions; column++)
            {
                (RgbaImage image, SegmentationMask mask) = column == 0 ? augmenter.Original(sample) : augmenter.Draw(sample, column - 1);
                using (image)
                using (RgbaImage overlay = Overlay.Draw(image, mask, _overlay))
                {
                    int left = Gap + column * (cellWidth + Gap);
                    Place(sheet, overlay, left, top, cellWidth, cellHeight);
                    Place(sheet, image, left, top + cellHeight, cellWidth, cellHeight);
                }
            }
        }
        return sheet;
    }

    // As large as the cell lets it be, in its own shape, in the middle.
    private static void Place(RgbaImage sheet, RgbaImage image, int left, int top, int cellWidth, int cellHeight)
    {
        double scale = Math.Min((double)cellWidth / image.Width, (double)cellHeight / image.Height);
        int width = Math.Clamp((int)Math.Round(image.Width * scale), 1, cellWidth), height = Math.Clamp((int)Math.Round(image.Height * scale), 1, cellHeight);
        using RgbaImage fitted = ImageResizer.Resize(image, width, height);
        left += (cellWidth - width) / 2;
        top += (cellHeight - height) / 2;
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = sheet.Row(top + y).Slice(4 * left, 4 * width);
            fitted.Row(y).CopyTo(row);
            for (int x = 0; x < width; x++)
            {
                // The network sees an image's colours, whatever its opacity.
                row[4 * x + 3] = 255;
            }
        }
    }
}
