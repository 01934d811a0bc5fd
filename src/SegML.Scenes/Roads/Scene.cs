namespace SegML.Scenes.Roads;

/// <summary>A scene: shapes in the order in which they cover one another, and the light they are seen in.</summary>
public sealed class Scene
{
    internal Scene(SceneView view, IReadOnlyList<SceneShape> shapes, int noiseSeed)
    {
        View = view;
        Shapes = shapes;
        NoiseSeed = noiseSeed;
    }

    /// <summary>Width in pixels.</summary>
    public int Width => View.Camera.Width;

    /// <summary>Height in pixels.</summary>
    public int Height => View.Camera.Height;

    /// <summary>The shapes, the farthest first.</summary>
    public IReadOnlyList<SceneShape> Shapes { get; }

    internal SceneView View { get; }

    internal int NoiseSeed { get; }
}
