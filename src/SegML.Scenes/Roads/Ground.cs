using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>The ground: verges of grass, sand or paving, the road, and its markings.</summary>
internal static class Ground
{
    public static IEnumerable<SceneShape> Draw(SceneView view)
    {
        yield return Verge(view);
        if (view.Random.Chance(0.6))
        {
            yield return Pavement(view, -1);
            yield return Pavement(view, 1);
        }
        yield return Road(view);
        foreach (SceneShape marking in RoadMarkings.Draw(view))
        {
            yield return marking;
        }
    }

    private static SceneShape Verge(SceneView view)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        var color = new SKColor((byte)random.Next(125, 170), (byte)random.Next(165, 195), (byte)random.Next(65, 95));
        Func<Random> details = view.Details();
        return new SceneShape
        {
            Title = SceneClasses.Verge,
            Points = SceneGeometry.Box(0, camera.Horizon, camera.Width, camera.Height),
            Paint = canvas =>
            {
                canvas.Gradient(new SKPoint(0, camera.Horizon), light.Seen(color, 250), new SKPoint(0, camera.Height), light.Seen(color, 5));
                Random tufts = details();
                for (int i = 0; i < 500; i++)
                {
                    float z = camera.Near / tufts.Between(0.03f, 1);
                    SKPoint foot = camera.See(0, 0, z) with { X = tufts.Between(0, camera.Width) };
                    SKColor tuft = light.Seen(color, z, tufts.Between(0.75f, 1.15f));
                    canvas.Line(foot, new SKPoint(foot.X + tufts.Between(-1, 1), foot.Y - 0.12f * camera.Scale(z)), MathF.Max(0.8f, 0.03f * camera.Scale(z)), tuft);
                }
            },
        };
    }

    private static SceneShape Pavement(SceneView view, int side)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        float inner = camera.HalfRoad, outer = inner + random.Between(1.2f, 3);
        byte grey = (byte)random.Next(165, 190);
        var color = new SKColor(grey, grey, (byte)(grey - 12));
        return new SceneShape
        {
            Title = SceneClasses.Verge,
            Points = side < 0
                ? camera.Strip(-outer, -inner, camera.Near, SceneCamera.Far)
                : camera.Strip(inner, outer, camera.Near, SceneCamera.Far),
            Paint = canvas =>
            {
                canvas.Gradient(new SKPoint(0, camera.Horizon), light.Seen(color, 250), new SKPoint(0, camera.Height), light.Seen(color, 5));
                SKColor joint = light.Seen(new SKColor(110, 104, 92), 8).WithAlpha(130);
                for (float z = camera.Near; z < 40; z += 1.2f)
                {
                    canvas.Line(camera.See(camera.Along(side * inner, z), 0, z), camera.See(camera.Along(side * outer, z), 0, z),
                        MathF.Max(0.6f, 0.03f * camera.Scale(z)), joint);
                }
                canvas.Fill(camera.Strip(side * inner - 0.12f, side * inner + 0.12f, camera.Near, 80), light.Seen(color, 10, 0.82f));
            },
        };
    }

    private static SceneShape Road(SceneView view)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        byte grey = (byte)random.Next(72, 105);
        var color = new SKColor(grey, grey, (byte)(grey + random.Next(2, 12)));
        Func<Random> details = view.Details();
        return new SceneShape
        {
            Title = SceneClasses.Road,
            Points = camera.Strip(-camera.HalfRoad, camera.HalfRoad, camera.Near, SceneCamera.Far),
            Paint = canvas =>
            {
                canvas.Gradient(new SKPoint(0, camera.Horizon), light.Seen(color, 200), new SKPoint(0, camera.Height), light.Seen(color, 5));
                Random wear = details();
                for (int i = 0; i < 60; i++)
                {
                    float z = camera.Near / wear.Between(0.05f, 1), aside = camera.HalfRoad * wear.Between(-1, 1);
                    SKColor patch = light.Seen(color, z, wear.Between(0.85f, 1.12f)).WithAlpha(120);
                    canvas.Oval(camera.See(camera.Along(aside, z), 0, z), camera.Scale(z) * wear.Between(0.1f, 0.8f), camera.Scale(z) * 0.06f, patch);
                }
                foreach (float track in (ReadOnlySpan<float>)[-0.65f, -0.3f, 0.3f, 0.65f])
                {
                    float middle = track * camera.HalfRoad;
                    canvas.Fill(camera.Strip(middle - 0.25f, middle + 0.25f, camera.Near, 120), light.Seen(color, 20, 0.9f).WithAlpha(70));
                }
            },
        };
    }
}
