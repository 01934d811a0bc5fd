using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>Cars from behind and from ahead, and vans. Annotated in parts: wheels, body, cabin.</summary>
internal static class Car
{
    private static readonly SKColor[] Paints =
    [
        new(196, 30, 36), new(28, 62, 150), new(232, 232, 236), new(24, 26, 34), new(20, 120, 150), new(240, 176, 20), new(110, 20, 110),
    ];

    /// <param name="view">The scene.</param>
    /// <param name="x">X of its middle.</param>
    /// <param name="z">Z of its near end.</param>
    /// <param name="oncoming">Whether one sees its front.</param>
    public static IEnumerable<SceneShape> Draw(SceneView view, float x, float z, bool oncoming)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        SKColor color = random.Pick(Paints);
        float half = random.Between(0.85f, 1), length = random.Between(3.6f, 4.6f), shoulder = random.Between(0.8f, 1);
        bool van = random.Chance(0.2);
        float roof = van ? random.Between(1.9f, 2.3f) : random.Between(1.4f, 1.6f);
        (float cabinNear, float cabinFar) = van ? (z + 0.1f, z + length) : oncoming ? (z + 1.1f, z + length - 0.2f) : (z + 0.15f, z + length - 1.2f);

        yield return Shadow(view, x, z, half, length);
        foreach (int side in (int[])[-1, 1])
        {
            foreach (float axle in (float[])[z + length - 0.9f, z + 0.5f])
            {
                float wheel = x + side * (half - 0.14f);
                yield return Part(Prism(camera, wheel - 0.12f, wheel + 0.12f, wheel - 0.12f, wheel + 0.12f, 0, 0.5f, axle - 0.32f, axle + 0.32f),
                    canvas => canvas.FillAll(light.Seen(new SKColor(26, 26, 28), z)));
            }
        }
        SKPoint[] hull = Prism(camera, x - half, x + half, x - 0.96f * half, x + 0.96f * half, 0.28f, shoulder, z, z + length);
        yield return Part(hull, canvas => Body(canvas, view, color, x, z, half, shoulder, length, oncoming));
        float waist = 0.94f * half, top = van ? 0.88f * half : 0.72f * half;
        SKPoint[] cabin = Prism(camera, x - waist, x + waist, x - top, x + top, shoulder - 0.02f, roof, cabinNear, cabinFar);
        yield return Part(cabin, canvas => Cabin(canvas, view, color, x, waist, top, shoulder, roof, cabinNear, cabinFar));
    }

    private static SceneShape Part(SKPoint[] outline, Action<SKCanvas> paint) =>
        new() { Title = SceneClasses.Car, Points = outline, Paint = paint };

    private static SceneShape Shadow(SceneView view, float x, float z, float half, float length)
    {
        SceneCamera camera = view.Camera;
        SKPoint middle = camera.See(x, 0, z + 0.3f * length);
        float scale = camera.Scale(z), depth = camera.See(x, 0, z).Y - camera.See(x, 0, z + length).Y;
        return new SceneShape
        {
            Points = view.Frame,
            Paint = canvas => canvas.Oval(middle, 1.25f * half * scale, 0.6f * depth + 0.06f * scale, new SKColor(0, 0, 0, 120), MathF.Max(0.5f, 0.05f * scale)),
        };
    }

    /// <summary>The outline of a body with a trapezoid section that runs ahead from near to far.</summary>
    private static SKPoint[] Prism(SceneCamera camera, float left, float right, float topLeft, float topRight, float bottom, float top, float near, float far) =>
        SceneGeometry.Hull(
            camera.See(left, bottom, near), camera.See(right, bottom, near), camera.See(topLeft, top, near), camera.See(topRight, top, near),
            camera.See(left, bottom, far), camera.See(right, bottom, far), camera.See(topLeft, top, far), camera.See(topRight, top, far));

    private static void Body(SKCanvas canvas, SceneView view, SKColor color, float x, float z, float half, float shoulder, float length, bool oncoming)
    {
        (SceneCamera camera, SceneLight light, _) = view;
        canvas.FillAll(light.Seen(color, z, 0.7f));
        float flat = 0.96f * half;
        canvas.Fill([camera.See(x - flat, shoulder, z), camera.See(x + flat, shoulder, z), camera.See(x + flat, shoulder, z + length), camera.See(x - flat, shoulder, z + length)], light.Seen(color, z, 1.15f));
        canvas.Fill([camera.See(x - half, 0.28f, z), camera.See(x - flat, shoulder, z), camera.See(x + flat, shoulder, z), camera.See(x + half, 0.28f, z)], light.Seen(color, z));
        canvas.Fill(Rectangle(camera, x - half, x + half, 0.28f, 0.42f, z), light.Seen(new SKColor(36, 36, 40), z));
        canvas.Fill(Rectangle(camera, x - 0.26f, x + 0.26f, 0.46f, 0.58f, z), light.Seen(new SKColor(235, 235, 215), z));
        SKColor lamp = oncoming ? new SKColor(255, 250, 225) : light.Hour == Hour.Day ? new SKColor(150, 20, 20) : new SKColor(255, 50, 40);
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Fill(Rectangle(camera, x + side * half * 0.92f, x + side * half * 0.62f, shoulder - 0.28f, shoulder - 0.08f, z), lamp);
        }
    }

    private static void Cabin(SKCanvas canvas, SceneView view, SKColor color, float x, float waist, float top, float shoulder, float roof, float near, float far)
    {
        (SceneCamera camera, SceneLight light, _) = view;
        SKColor glass = light.Seen(new SKColor(46, 58, 72), near), pillar = light.Seen(color, near, 0.9f);
        canvas.FillAll(glass);
        canvas.Fill([camera.See(x - top, roof, near), camera.See(x + top, roof, near), camera.See(x + top, roof, far), camera.See(x - top, roof, far)], light.Seen(color, near, 1.15f));
        canvas.Fill([camera.See(x - waist, shoulder, near), camera.See(x - top, roof, near), camera.See(x + top, roof, near), camera.See(x + waist, shoulder, near)], pillar);
        float sill = shoulder + 0.06f, lintel = roof - 0.1f;
        SKPoint left = camera.See(x - 0.88f * waist, sill, near), right = camera.See(x + 0.88f * waist, sill, near);
        SKPoint upperLeft = camera.See(x - 0.9f * top, lintel, near), upperRight = camera.See(x + 0.9f * top, lintel, near);
        canvas.Fill([left, upperLeft, upperRight, right], glass);
        canvas.Fill([left, upperLeft, new((upperLeft.X + upperRight.X) / 2, upperLeft.Y), new((2 * left.X + right.X) / 3, left.Y)], new SKColor(255, 255, 255, 26));
    }

    private static SKPoint[] Rectangle(SceneCamera camera, float left, float right, float bottom, float top, float z) =>
        [camera.See(left, bottom, z), camera.See(left, top, z), camera.See(right, top, z), camera.See(right, bottom, z)];
}
