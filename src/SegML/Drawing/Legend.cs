using SegML.Images;
using SegML.Masks;

namespace SegML.Drawing;

/// <summary>
/// The list of classes at the bottom of an overlay: colour and name side by side, in as many lines as it takes. Left out where
/// it would cover more than a third of the image, or a name does not fit.
/// </summary>
internal static class Legend
{
    // In font pixels.
    private const int Margin = 3, Padding = 4, Swatch = 7, SwatchGap = 3, ItemGap = 9, LineStep = 11;

    // 0 to 256.
    private const int PanelOpacity = 168;

    private static readonly Rgb _panel = new(16, 16, 20), _frame = new(235, 235, 235), _text = new(245, 245, 245);

    /// <summary>Draws it.</summary>
    /// <param name="image">The overlay.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="occurs">By class id: whether it is to be listed.</param>
    public static void Draw(RgbaImage image, ClassSet classes, ReadOnlySpan<bool> occurs)
    {
        int scale = Math.Max(1, (int)Math.Round(Math.Min(image.Width, image.Height) / 400.0));
        int room = image.Width / scale - 2 * (Margin + Padding);
        var items = new List<Item>();
        int x = 0, line = 0, widest = 0;
        foreach (SegmentationClass entry in classes.Classes)
        {
            if (!occurs[entry.Id])
            {
                continue;
            }
            int width = Swatch + SwatchGap + PixelFont.Measure(entry.Name);
            if (x > 0 && x + width > room)
            {
                (x, line) = (0, line + 1);
            }
            items.Add(new Item(entry, x, line));
            widest = Math.Max(widest, x + width);
            x += width + ItemGap;
        }
        int height = (line + 1) * LineStep - (LineStep - PixelFont.Height) + 2 * Padding;
        if (items.Count == 0 || widest > room || (height + Margin) * 3 * scale > image.Height)
        {
            return;
        }
        int left = Margin * scale, top = image.Height - (Margin + height) * scale;
        Paint.Fill(image, left, top, (widest + 2 * Padding) * scale, height * scale, _panel, PanelOpacity);
        foreach (Item item in items)
        {
            DrawItem(image, item, left + (Padding + item.X) * scale, top + (Padding + item.Line * LineStep + 1) * scale, scale);
        }
    }

    private static void DrawItem(RgbaImage image, Item item, int x, int y, int scale)
    {
        int side = Swatch * scale, frame = Math.Max(1, scale / 2);
        Paint.Fill(image, x, y, side, side, _frame);
        Paint.Fill(image, x + frame, y + frame, side - 2 * frame, side - 2 * frame, item.Class.Color);
        PixelFont.Draw(image, item.Class.Name, x + (Swatch + SwatchGap) * scale, y, scale, _text);
    }

    private readonly record struct Item(SegmentationClass Class, int X, int Line);
}
