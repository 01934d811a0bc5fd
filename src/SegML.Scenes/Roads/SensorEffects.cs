using SegML.Images;

namespace SegML.Scenes.Roads;

/// <summary>What lens and sensor do to a picture: blur, fall-off to the corners, exposure, noise.</summary>
internal static class SensorEffects
{
    public static void Apply(RgbaImage picture, SceneLight light, int seed)
    {
        Blur(picture, light.Blur);
        uint noise = (uint)seed | 1;
        float centerX = picture.Width / 2f, centerY = picture.Height / 2f;
        float farthest = centerX * centerX + centerY * centerY;
        // The sum of four uniform bytes is close to normal and has a standard deviation of 147.8.
        float grain = light.Noise / 147.8f;
        for (int y = 0; y < picture.Height; y++)
        {
            Span<byte> row = picture.Row(y);
            for (int x = 0; x < picture.Width; x++)
            {
                float distance = ((x - centerX) * (x - centerX) + (y - centerY) * (y - centerY)) / farthest;
                float gain = light.Exposure * (1 - light.Vignette * distance);
                Span<byte> pixel = row.Slice(4 * x, 4);
                for (int channel = 0; channel < 3; channel++)
                {
                    noise ^= noise << 13;
                    noise ^= noise >> 17;
                    noise ^= noise << 5;
                    float normal = (noise & 255) + (noise >> 8 & 255) + (noise >> 16 & 255) + (noise >> 24) - 510f;
                    pixel[channel] = (byte)Math.Clamp(pixel[channel] * gain + normal * grain + 0.5f, 0, 255);
                }
                pixel[3] = 255;
            }
        }
    }

    /// <summary>A three-tap blur with the variance that is asked for, along rows and then along columns.</summary>
    private static void Blur(RgbaImage picture, float deviation)
    {
        float side = deviation * deviation / 2, middle = 1 - 2 * side;
        int width = picture.Width, height = picture.Height;
        Span<byte> pixels = picture.Pixels;
        byte[] before = pixels.ToArray();
        for (int pass = 0; pass < 2; pass++)
        {
            int step = pass == 0 ? 4 : 4 * width;
            for (int i = 0; i < before.Length; i++)
            {
                int position = pass == 0 ? i / 4 % width : i / (4 * width), last = pass == 0 ? width - 1 : height - 1;
                byte back = before[position == 0 ? i : i - step], ahead = before[position == last ? i : i + step];
                pixels[i] = (byte)(side * (back + ahead) + middle * before[i] + 0.5f);
            }
            pixels.CopyTo(before);
        }
    }
}
