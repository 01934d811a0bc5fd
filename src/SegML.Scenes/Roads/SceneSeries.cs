namespace SegML.Scenes.Roads;

/// <summary>Which scenes to draw, and how large. Equal values give equal files, byte for byte.</summary>
public sealed record SceneSeries
{
    /// <summary>Decides the whole series. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The number of the first scene, from 0. Two splits with numbers of their own share no scene. Default 0.</summary>
    public int First { get; init; }

    /// <summary>The number of scenes, at least 1.</summary>
    public required int Count { get; init; }

    /// <summary>Width of a scene in pixels, at least 32. Default 256.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Height of a scene in pixels, at least 32. Default 192.</summary>
    public int Height { get; init; } = 192;

    /// <summary>The format of the images: <c>.jpg</c> (default) or <c>.png</c>.</summary>
    public string Extension { get; init; } = ".jpg";
}
