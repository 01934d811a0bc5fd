using SegML.Drawing;
using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>The hour and the weather: colours of the sky, of the haze, and what the lens and the sensor add.</summary>
internal sealed class SceneLight
{
    public SceneLight(Random random)
    {
        Hour = random.NextDouble() switch { < 0.55 => Hour.Day, < 0.8 => Hour.Dusk, _ => Hour.Night };
        bool overcast = Hour == Hour.Day && random.Chance(0.35);
        (Zenith, Skyline) = Hour switch
        {
            Hour.Day when overcast => (new SKColor(150, 158, 168), new SKColor(205, 210, 214)),
            Hour.Day => (new SKColor((byte)random.Next(50, 110), (byte)random.Next(120, 160), 220), new SKColor(200, 222, 240)),
            Hour.Dusk => (new SKColor((byte)random.Next(70, 110), 90, 140), new SKColor(245, (byte)random.Next(150, 195), 120)),
            _ => (new SKColor(12, 16, (byte)random.Next(36, 60)), new SKColor(52, 58, 92)),
        };
        Cloudy = overcast ? 0 : random.NextSingle();
        Tint = Hour switch
        {
            Hour.Day => (random.Between(0.95f, 1.05f), 1, random.Between(0.92f, 1.05f)),
            Hour.Dusk => (0.92f, 0.74f, 0.66f),
            _ => (0.50f, 0.54f, 0.66f),
        };
        Haze = random.Between(180, 500);
        Exposure = random.Between(0.85f, 1.12f);
        Noise = Hour == Hour.Night ? random.Between(2, 5) : random.Between(1, 4);
        Vignette = random.Between(0, 0.35f);
        Blur = random.Between(0, 0.5f);
    }

    public Hour Hour { get; }

    /// <summary>The sky's colour above.</summary>
    public SKColor Zenith { get; }

    /// <summary>The sky's colour at the horizon, and the haze's.</summary>
    public SKColor Skyline { get; }

    /// <summary>How many clouds, 0-1.</summary>
    public float Cloudy { get; }

    /// <summary>The light's colour, which multiplies that of surfaces.</summary>
    public (float R, float G, float B) Tint { get; }

    /// <summary>Distance in metres at which haze hides 1 - 1/e of a surface.</summary>
    public float Haze { get; }

    /// <summary>Gain of the whole picture.</summary>
    public float Exposure { get; }

    /// <summary>Standard deviation of the sensor's noise, in 8-bit steps.</summary>
    public float Noise { get; }

    /// <summary>Loss of light in the picture's corners, 0-1.</summary>
    public float Vignette { get; }

    /// <summary>Standard deviation of the lens's blur, in pixels.</summary>
    public float Blur { get; }

    /// <summary>A surface's colour as seen.</summary>
    /// <param name="surface">Its colour in white light.</param>
    /// <param name="z">Its distance in metres.</param>
    /// <param name="shade">How much light falls on it, 1 for a surface that faces the sky.</param>
    public SKColor Seen(SKColor surface, float z, float shade = 1)
    {
        float haze = 1 - MathF.Exp(-z / Haze);
        return new SKColor(
            Mix(surface.Red * Tint.R * shade, Skyline.Red, haze),
            Mix(surface.Green * Tint.G * shade, Skyline.Green, haze),
            Mix(surface.Blue * Tint.B * shade, Skyline.Blue, haze),
            surface.Alpha);
    }

    private static byte Mix(float a, float b, float share) => (byte)Math.Clamp(a + (b - a) * share, 0, 255);
}

/// <summary>The time of a scene.</summary>
internal enum Hour
{
    Day,
    Dusk,
    Night,
}
