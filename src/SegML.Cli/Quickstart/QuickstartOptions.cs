namespace SegML.Cli.Quickstart;

/// <summary>How large the quickstart's task is. The defaults take minutes on two cores.</summary>
public sealed record QuickstartOptions
{
    /// <summary>Scenes to train on, at least 8. A sixth as many validate, a fifth as many test. Default 160.</summary>
    public int Scenes { get; init; } = 160;

    /// <summary>Width of a scene in pixels, at least 32. Default 256.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Height of a scene in pixels, at least 32. Default 192.</summary>
    public int Height { get; init; } = 192;

    /// <summary>Decides the scenes and the training. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Passes over the training scenes. Default 30.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>Scenes to choose the best epoch with.</summary>
    public int ValidationScenes => Math.Max(2, Scenes / 6);

    /// <summary>Scenes that nothing is decided on.</summary>
    public int TestScenes => Math.Max(2, Scenes / 5);

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Scenes, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 32);
        ArgumentOutOfRangeException.ThrowIfLessThan(Height, 32);
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
    }
}
