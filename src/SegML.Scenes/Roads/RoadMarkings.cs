using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>Lane lines. Solid ones are polygons; a dash is a line with a thickness, as annotators draw them.</summary>
internal static class RoadMarkings
{
    // Thinner than this, a marking is neither painted nor annotated.
    private const float LeastPixels = 3.2f;

    public static IEnumerable<SceneShape> Draw(SceneView view)
    {
        SceneCamera camera = view.Camera;
        Random random = view.Random;
        SKColor color = random.Chance(0.8) ? new SKColor(238, 238, 232) : new SKColor(240, 196, 70);
        float width = random.Between(0.3f, 0.42f);
        float edge = camera.HalfRoad - random.Between(0.3f, 0.5f) - width / 2;
        if (random.Chance(0.75))
        {
            yield return Solid(view, -edge, width, color);
            yield return Solid(view, edge, width, color);
        }
        float[] between = camera.HalfRoad > 4.2f && random.Chance(0.6)
            ? [-camera.HalfRoad / 3, camera.HalfRoad / 3]
            : [camera.HalfRoad * random.Between(-0.1f, 0.1f)];
        foreach (float aside in between)
        {
            if (random.Chance(0.2))
            {
                yield return Solid(view, aside, width, color);
                continue;
            }
            foreach (SceneShape dash in Dashes(view, aside, width, color))
            {
                yield return dash;
            }
        }
    }

    private static SceneShape Solid(SceneView view, float aside, float width, SKColor color) => new()
    {
        Title = SceneClasses.Marking,
        Points = view.Camera.Strip(aside - width / 2, aside + width / 2, view.Camera.Near, Farthest(view, width)),
        Paint = Worn(view, color),
    };

    private static IEnumerable<SceneShape> Dashes(SceneView view, float aside, float width, SKColor color)
    {
        SceneCamera camera = view.Camera;
        float length = view.Random.Between(1.6f, 3), gap = view.Random.Between(1.8f, 3.5f), far = Farthest(view, width);
        for (float z = camera.Near + view.Random.Between(-length, gap); z < far; z += length + gap)
        {
            float from = MathF.Max(z, camera.Near), to = MathF.Min(z + length, far);
            if (to - from < 0.5f * length)
            {
                continue;
            }
            // Cut where perspective has thinned it by a quarter: each piece has one thickness.
            for (float start = from; start < to;)
            {
                float end = MathF.Min(to, start * 1.25f);
                SKPoint a = camera.See(camera.Along(aside, start), 0, start), b = camera.See(camera.Along(aside, end), 0, end);
                float across = width * camera.Scale((start + end) / 2) * MathF.Abs(b.Y - a.Y) / MathF.Max(1e-3f, SKPoint.Distance(a, b));
                yield return new SceneShape
                {
                    Title = SceneClasses.Marking,
                    Points = [a, b],
                    Thickness = Math.Max(2, (int)MathF.Round(across)),
                    Paint = Worn(view, color),
                };
                start = end;
            }
        }
    }

    private static float Farthest(SceneView view, float width) => view.Camera.Scale(1) * width / LeastPixels;

    private static Action<SKCanvas> Worn(SceneView view, SKColor color)
    {
        (SceneCamera camera, SceneLight light, _) = view;
        return canvas => canvas.Gradient(
            new SKPoint(0, camera.Horizon), light.Seen(color, 60, 0.95f), new SKPoint(0, camera.Height), light.Seen(color, 5));
    }
}
