using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>Lamp posts: too thin for the task, so they are annotated as poles and ignored.</summary>
internal static class LampPost
{
    public static SceneShape Draw(SceneView view, float x, float z, float towardsRoad)
    {
        (SceneCamera camera, SceneLight light, Random random) = view;
        float height = random.Between(5, 7);
        SKColor color = light.Seen(new SKColor(88, 92, 96), z);
        return new SceneShape
        {
            Title = SceneClasses.Pole,
            Points = [camera.See(x, 0, z), camera.See(x, height, z), camera.See(x + towardsRoad * 1.2f, height + 0.3f, z)],
            Thickness = Math.Clamp((int)MathF.Round(0.14f * camera.Scale(z)), 2, 8),
            Paint = canvas => canvas.FillAll(color),
        };
    }
}
