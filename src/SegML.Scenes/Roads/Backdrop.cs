using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>What lies behind everything: the sky, and far away woods or roofs.</summary>
internal static class Backdrop
{
    public static IEnumerable<SceneShape> Draw(SceneView view)
    {
        yield return Sky(view);
        if (view.Random.Chance(0.2))
        {
            yield return Roofs(view);
        }
        if (view.Random.Chance(0.75))
        {
            yield return Woods(view);
        }
    }

    private static SceneShape Sky(SceneView view)
    {
        (SceneCamera camera, SceneLight light, _) = view;
        Func<Random> details = view.Details();
        return new SceneShape
        {
            Title = SceneClasses.Sky,
            Points = view.Frame,
            Paint = canvas =>
            {
                Random random = details();
                canvas.Gradient(new SKPoint(0, 0), light.Zenith, new SKPoint(0, camera.Horizon), light.Skyline);
                if (light.Hour == Hour.Night)
                {
                    Stars(canvas, camera, random);
                }
                else if (random.Chance(0.4))
                {
                    var sun = new SKPoint(random.Between(0, camera.Width), random.Between(0.1f, 0.9f) * camera.Horizon);
                    canvas.Oval(sun, camera.Width * 0.12f, camera.Width * 0.12f, new SKColor(255, 250, 225, 110), camera.Width * 0.05f);
                    canvas.Oval(sun, camera.Width * 0.025f, camera.Width * 0.025f, new SKColor(255, 252, 235, 230), 1.5f);
                }
                Clouds(canvas, camera, light, random);
            },
        };
    }

    private static void Stars(SKCanvas canvas, SceneCamera camera, Random random)
    {
        for (int i = 0; i < 40; i++)
        {
            var star = new SKPoint(random.Between(0, camera.Width), random.Between(0, camera.Horizon));
            canvas.Oval(star, 0.5f, 0.5f, new SKColor(220, 225, 255, (byte)random.Next(60, 200)));
        }
    }

    private static void Clouds(SKCanvas canvas, SceneCamera camera, SceneLight light, Random random)
    {
        SKColor color = light.Hour switch
        {
            Hour.Day => new SKColor(255, 255, 255, 120),
            Hour.Dusk => new SKColor(255, 205, 180, 80),
            _ => new SKColor(70, 76, 104, 60),
        };
        for (int cloud = 0; cloud < (int)(light.Cloudy * 7); cloud++)
        {
            float x = random.Between(0, camera.Width), y = random.Between(0, 0.85f) * camera.Horizon;
            float size = camera.Width * random.Between(0.03f, 0.08f);
            for (int puff = 0; puff < 7; puff++)
            {
                var center = new SKPoint(x + size * random.Between(-1.8f, 1.8f), y + size * random.Between(-0.3f, 0.2f));
                canvas.Oval(center, size * random.Between(0.5f, 1), size * random.Between(0.2f, 0.4f), color, size * 0.18f);
            }
        }
    }

    private static SceneShape Roofs(SceneView view)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        var outline = new List<SKPoint> { new(0, camera.Horizon + 1) };
        for (float x = 0; x < camera.Width;)
        {
            float right = x + camera.Width * random.Between(0.06f, 0.14f);
            float top = camera.Horizon - camera.Height * random.Between(0.06f, 0.14f);
            outline.AddRange([new SKPoint(x, top), new SKPoint(right, top)]);
            x = right;
        }
        outline.Add(new SKPoint(outline[^1].X, camera.Horizon + 1));
        SKColor color = light.Seen(new SKColor((byte)random.Next(120, 165), (byte)random.Next(105, 135), (byte)random.Next(100, 130)), 60, 0.8f);
        SKColor pane = light.Hour == Hour.Night ? new SKColor(250, 215, 130, 170) : new SKColor(60, 66, 80, 90);
        return Far(view, SceneClasses.Building, outline, color, camera.Width / 2, (canvas, lit) =>
        {
            var window = new SKPoint(lit.Between(0, camera.Width), camera.Horizon - camera.Height * lit.Between(0.01f, 0.12f));
            canvas.Fill(SceneGeometry.Box(window.X, window.Y, window.X + 2, window.Y + 2), pane);
        });
    }

    private static SceneShape Woods(SceneView view)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        float height = camera.Height * random.Between(0.05f, 0.11f), phase = random.Between(0, MathF.Tau);
        var outline = new List<SKPoint>();
        for (float x = -4; x <= camera.Width + 4; x += camera.Width / 60f)
        {
            float hill = 0.65f + 0.35f * MathF.Sin(phase + 5 * x / camera.Width);
            outline.Add(new SKPoint(x, camera.Horizon - height * hill * random.Between(0.75f, 1.1f)));
        }
        outline.AddRange([new SKPoint(camera.Width + 4, camera.Horizon + 1), new SKPoint(-4, camera.Horizon + 1)]);
        SKColor color = light.Seen(new SKColor((byte)random.Next(38, 70), (byte)random.Next(78, 105), (byte)random.Next(38, 60)), 40);
        return Far(view, SceneClasses.Tree, outline, color, 120, (canvas, leaves) =>
        {
            var center = new SKPoint(leaves.Between(0, camera.Width), camera.Horizon - height * leaves.NextSingle());
            SKColor dab = leaves.Chance(0.5) ? new SKColor(0, 0, 0, 34) : new SKColor(160, 190, 90, 30);
            canvas.Oval(center, height * 0.3f, height * 0.2f, dab);
        });
    }

    // What stands along the horizon: one colour, and many small details.
    private static SceneShape Far(SceneView view, string title, List<SKPoint> outline, SKColor color, int count, Action<SKCanvas, Random> detail)
    {
        Func<Random> details = view.Details();
        return new SceneShape
        {
            Title = title,
            Points = outline,
            Paint = canvas =>
            {
                Random random = details();
                canvas.FillAll(color);
                for (int i = 0; i < count; i++)
                {
                    detail(canvas, random);
                }
            },
        };
    }
}
