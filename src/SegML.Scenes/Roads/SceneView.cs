using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>What every part of one scene shares.</summary>
/// <param name="Camera">Where things are seen.</param>
/// <param name="Light">How surfaces look.</param>
/// <param name="Random">Decides what is not yet decided.</param>
internal sealed record SceneView(SceneCamera Camera, SceneLight Light, Random Random)
{
    /// <summary>The picture's outline.</summary>
    public SKPoint[] Frame => SceneGeometry.Box(0, 0, Camera.Width, Camera.Height);

    /// <summary>A source of details that a shape draws whenever it is painted, the same ones each time.</summary>
    public Func<Random> Details()
    {
        int seed = Random.Next();
        return () => new Random(seed);
    }
}
