namespace SegML.Images;

/// <summary>An image inside a frame of another shape, as large as it fits, in the middle; bars fill the rest.</summary>
/// <param name="Left">Columns before it.</param>
/// <param name="Top">Rows above it.</param>
/// <param name="Width">Its width in the frame.</param>
/// <param name="Height">Its height in the frame.</param>
internal readonly record struct Letterbox(int Left, int Top, int Width, int Height)
{
    /// <summary>Where an image comes to lie. Odd pixels of a bar are at its end, as in the YOLO family.</summary>
    public static Letterbox Of(int imageWidth, int imageHeight, int width, int height)
    {
        double scale = Math.Min((double)width / imageWidth, (double)height / imageHeight);
        int w = Math.Clamp((int)Math.Round(imageWidth * scale), 1, width), h = Math.Clamp((int)Math.Round(imageHeight * scale), 1, height);
        return new Letterbox((width - w) / 2, (height - h) / 2, w, h);
    }

    /// <summary>Draws it.</summary>
    /// <param name="image">The image at its size in the frame.</param>
    /// <param name="width">The frame's width.</param>
    /// <param name="height">The frame's height.</param>
    /// <param name="bars">The bars' colour.</param>
    public RgbaImage Draw(RgbaImage image, int width, int height, Rgb bars)
    {
        var frame = new RgbaImage(width, height);
        Span<byte> pixels = frame.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (bars.R, bars.G, bars.B, 255);
        }
        for (int y = 0; y < Height; y++)
        {
            image.Row(y).CopyTo(frame.Row(Top + y)[(4 * Left)..]);
        }
        return frame;
    }

    /// <summary>The same place in a frame of another resolution, in whole pixels of that.</summary>
    public Letterbox Scaled(int fromWidth, int fromHeight, int toWidth, int toHeight)
    {
        int left = (int)Math.Round((double)Left * toWidth / fromWidth), right = (int)Math.Round((double)(Left + Width) * toWidth / fromWidth);
        int top = (int)Math.Round((double)Top * toHeight / fromHeight), bottom = (int)Math.Round((double)(Top + Height) * toHeight / fromHeight);
        return new Letterbox(left, top, Math.Max(right - left, 1), Math.Max(bottom - top, 1));
    }
}
