using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>Broad-leaved trees, some with gaps in the crown, conifers, and bushes.</summary>
internal static class Tree
{
    public static IEnumerable<SceneShape> Draw(SceneView view, float x, float z)
    {
        Random random = view.Random;
        return random.NextDouble() switch
        {
            < 0.6 => BroadLeaved(view, x, z),
            < 0.85 => [Conifer(view, x, z)],
            _ => [Bush(view, x, z)],
        };
    }

    private static IEnumerable<SceneShape> BroadLeaved(SceneView view, float x, float z)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        float scale = camera.Scale(z), height = random.Between(4, 9), radius = random.Between(1.3f, 2.6f);
        float trunk = random.Between(0.2f, 0.35f);
        SKPoint foot = camera.See(x, 0, z), crown = camera.See(x, height - radius, z);
        SKColor bark = light.Seen(new SKColor(92, 68, 48), z);
        yield return new SceneShape
        {
            Title = SceneClasses.Tree,
            Points = [new(foot.X - trunk * scale, foot.Y), new(crown.X - 0.6f * trunk * scale, crown.Y), new(crown.X + 0.6f * trunk * scale, crown.Y), new(foot.X + trunk * scale, foot.Y)],
            Paint = canvas => canvas.Gradient(new SKPoint(foot.X - trunk * scale, 0), bark, new SKPoint(foot.X + trunk * scale, 0), light.Seen(new SKColor(62, 46, 34), z)),
        };
        float across = radius * scale, up = across * random.Between(0.8f, 1.25f);
        IReadOnlyList<SKPoint>[] gaps = [];
        if (across > 18 && random.Chance(0.5))
        {
            var center = new SKPoint(crown.X + across * random.Between(-0.35f, 0.35f), crown.Y + up * random.Between(-0.3f, 0.3f));
            gaps = [SceneGeometry.Blob(random, center, across * random.Between(0.15f, 0.28f), up * random.Between(0.15f, 0.28f), 0.3f)];
        }
        yield return new SceneShape
        {
            Title = SceneClasses.Tree,
            Points = SceneGeometry.Blob(random, crown, across, up, 0.4f),
            Holes = gaps,
            Paint = Leaves(view, Green(random), crown, across * 1.3f, up * 1.3f, z),
        };
    }

    private static SceneShape Conifer(SceneView view, float x, float z)
    {
        (SceneCamera camera, _, Random random) = view;
        float scale = camera.Scale(z), height = random.Between(5, 10), half = random.Between(1.2f, 2);
        SKPoint foot = camera.See(x, 0, z), top = camera.See(x, height, z);
        int tiers = random.Next(3, 6);
        var right = new List<SKPoint>();
        for (int i = 0; i < tiers; i++)
        {
            float y = top.Y + (foot.Y - top.Y) * 0.9f * (i + 1) / tiers, reach = half * scale * (i + 1) / tiers;
            right.AddRange([new SKPoint(reach, y), new SKPoint(reach * 0.55f, y)]);
        }
        right.RemoveAt(right.Count - 1);
        right.AddRange([new SKPoint(0.15f * scale, right[^1].Y), new SKPoint(0.15f * scale, foot.Y)]);
        SKPoint[] outline =
        [
            top,
            .. right.Select(p => new SKPoint(foot.X + p.X, p.Y)),
            .. right.AsEnumerable().Reverse().Select(p => new SKPoint(foot.X - p.X, p.Y)),
        ];
        var middle = new SKPoint(foot.X, (foot.Y + top.Y) / 2);
        var needles = new SKColor((byte)random.Next(30, 55), (byte)random.Next(78, 105), (byte)random.Next(50, 72));
        return new SceneShape
        {
            Title = SceneClasses.Tree,
            Points = outline,
            Paint = Leaves(view, needles, middle, half * scale, (foot.Y - top.Y) / 2, z),
        };
    }

    private static SceneShape Bush(SceneView view, float x, float z)
    {
        (SceneCamera camera, _, Random random) = view;
        float scale = camera.Scale(z), radius = random.Between(0.7f, 1.5f);
        SKPoint center = camera.See(x, radius * 0.6f, z);
        return new SceneShape
        {
            Title = SceneClasses.Tree,
            Points = SceneGeometry.Blob(random, center, 1.3f * radius * scale, 0.8f * radius * scale, 0.35f),
            Paint = Leaves(view, Green(random), center, 1.5f * radius * scale, radius * scale, z),
        };
    }

    private static SKColor Green(Random random) => random.Chance(0.12)
        ? new SKColor((byte)random.Next(150, 190), (byte)random.Next(84, 110), 36)
        : new SKColor((byte)random.Next(36, 80), (byte)random.Next(88, 125), (byte)random.Next(30, 60));

    private static Action<SKCanvas> Leaves(SceneView view, SKColor color, SKPoint center, float across, float up, float z)
    {
        SceneLight light = view.Light;
        Func<Random> details = view.Details();
        return canvas =>
        {
            canvas.Gradient(new SKPoint(center.X, center.Y - up), light.Seen(color, z, 1.2f), new SKPoint(center.X, center.Y + up), light.Seen(color, z, 0.65f));
            Random random = details();
            for (int i = 0; i < 70; i++)
            {
                var dab = new SKPoint(center.X + across * random.Between(-1, 1), center.Y + up * random.Between(-1, 1));
                float shade = random.Between(0.55f, 1.4f);
                canvas.Oval(dab, across * 0.14f, up * 0.1f, light.Seen(color, z, shade).WithAlpha(120));
            }
        };
    }
}
