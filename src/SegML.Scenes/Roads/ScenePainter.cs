using SegML.Images;
using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>Photographs a scene: paints it at twice its size, which smooths edges, then adds what lens and sensor do.</summary>
public static class ScenePainter
{
    /// <summary>Paints a scene. The same scene gives the same pixels.</summary>
    public static RgbaImage Paint(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var info = new SKImageInfo(2 * scene.Width, 2 * scene.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var large = new SKBitmap(info);
        using (var canvas = new SKCanvas(large))
        {
            canvas.Scale(2);
            foreach (SceneShape shape in scene.Shapes)
            {
                using SKPath outline = shape.ToPath();
                canvas.Save();
                canvas.ClipPath(outline);
                shape.Paint(canvas);
                canvas.Restore();
            }
        }
        var picture = new RgbaImage(scene.Width, scene.Height);
        Shrink(large, picture);
        SensorEffects.Apply(picture, scene.View.Light, scene.NoiseSeed);
        return picture;
    }

    private static void Shrink(SKBitmap large, RgbaImage picture)
    {
        ReadOnlySpan<byte> source = large.GetPixelSpan();
        int stride = large.RowBytes;
        for (int y = 0; y < picture.Height; y++)
        {
            Span<byte> row = picture.Row(y);
            ReadOnlySpan<byte> upper = source.Slice(2 * y * stride, stride), lower = source.Slice((2 * y + 1) * stride, stride);
            for (int i = 0; i < row.Length; i++)
            {
                int left = (i & ~3) * 2 + (i & 3);
                row[i] = (byte)((upper[left] + upper[left + 4] + lower[left] + lower[left + 4] + 2) >> 2);
            }
        }
    }
}
