using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>Houses and blocks that stand along the road, some with a gateway that one sees through.</summary>
internal static class Building
{
    private static readonly SKColor[] Walls =
    [
        new(178, 92, 72), new(204, 140, 104), new(214, 170, 120), new(150, 100, 84), new(190, 130, 112), new(168, 108, 108), new(222, 186, 132),
    ];

    /// <param name="view">The scene.</param>
    /// <param name="inner">X of the wall that faces the road.</param>
    /// <param name="outer">X of the wall behind it.</param>
    /// <param name="near">Z of the wall that faces the camera.</param>
    /// <param name="far">Z of the wall behind it.</param>
    public static SceneShape Draw(SceneView view, float inner, float outer, float near, float far)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        float height = random.Chance(0.6) ? random.Between(4, 8) : random.Between(9, 18);
        float ridge = height < 8 && random.Chance(0.7) ? height + random.Between(1.2f, 2.5f) : height;
        float middle = (inner + outer) / 2;
        SKColor wall = random.Pick(Walls), roof = random.Pick(new SKColor(122, 58, 46), new SKColor(84, 74, 76), new SKColor(140, 80, 56));

        SKPoint[] Gable(float z) => [camera.See(inner, 0, z), camera.See(inner, height, z), camera.See(middle, ridge, z), camera.See(outer, height, z), camera.See(outer, 0, z)];
        SKPoint[] front = Gable(near);
        SKPoint[] side = [camera.See(inner, 0, near), camera.See(inner, height, near), camera.See(inner, height, far), camera.See(inner, 0, far)];
        SKPoint[] slope = [camera.See(inner, height, near), camera.See(middle, ridge, near), camera.See(middle, ridge, far), camera.See(inner, height, far)];
        SKPoint[] outline = SceneGeometry.Hull([.. front, .. Gable(far)]);
        IReadOnlyList<SKPoint>[] gateway = [];
        float scale = camera.Scale(near);
        if (scale * MathF.Abs(outer - inner) > 60 && height * scale > 50 && random.Chance(0.5))
        {
            gateway = [Gateway(camera, middle, near, MathF.Abs(outer - inner) * random.Between(0.15f, 0.22f), MathF.Min(4, height * random.Between(0.5f, 0.7f)))];
        }
        Func<Random> details = view.Details();
        return new SceneShape
        {
            Title = SceneClasses.Building,
            Points = outline,
            Holes = gateway,
            Paint = canvas =>
            {
                Random windows = details();
                canvas.FillAll(light.Seen(wall, far, 0.6f));
                canvas.Fill(side, light.Seen(wall, near, 0.72f));
                Windows(canvas, view, windows, along => camera.See(inner, 0, near + (far - near) * along), far - near, height, near, far);
                if (ridge > height)
                {
                    canvas.Fill(slope, light.Seen(roof, near, 1.05f));
                }
                canvas.Fill(front, light.Seen(wall, near));
                if (gateway.Length == 0)
                {
                    Windows(canvas, view, windows, along => camera.See(inner + (outer - inner) * along, 0, near), MathF.Abs(outer - inner), height, near, near);
                }
            },
        };
    }

    private static SKPoint[] Gateway(SceneCamera camera, float middle, float z, float half, float height)
    {
        var arch = new List<SKPoint> { camera.See(middle - half, 0.3f, z) };
        for (int i = 0; i <= 10; i++)
        {
            float angle = MathF.PI * i / 10;
            arch.Add(camera.See(middle - half * MathF.Cos(angle), height - half * (1 - MathF.Sin(angle)), z));
        }
        arch.Add(camera.See(middle + half, 0.3f, z));
        return [.. arch];
    }

    private static void Windows(SKCanvas canvas, SceneView view, Random random, Func<float, SKPoint> foot, float length, float height, float near, float far)
    {
        (SceneCamera camera, SceneLight light, _) = view;
        int columns = Math.Clamp((int)(length / 2.4f), 1, 12), floors = Math.Max(1, (int)(height / 3));
        for (int column = 0; column < columns; column++)
        {
            float left = (column + 0.28f) / columns, right = (column + 0.72f) / columns;
            for (int floor = 0; floor < floors; floor++)
            {
                bool lit = light.Hour != Hour.Day && random.Chance(0.45);
                float z = near + (far - near) * left;
                SKColor pane = lit ? new SKColor(250, 212, 128) : light.Seen(new SKColor(70, 82, 100), z);
                SKPoint Corner(float along, float y)
                {
                    SKPoint ground = foot(along);
                    return new SKPoint(ground.X, ground.Y - y * camera.Scale(near + (far - near) * along));
                }
                float sill = floor * 3 + 1, lintel = floor * 3 + 2.4f;
                canvas.Fill([Corner(left, sill), Corner(left, lintel), Corner(right, lintel), Corner(right, sill)], pane);
            }
        }
    }
}
