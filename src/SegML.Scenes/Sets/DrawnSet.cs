namespace SegML.Scenes.Sets;

/// <summary>A data set of a kind that people have, drawn: small, with exact masks, the same for the same seed.</summary>
/// <param name="Name">A short name.</param>
/// <param name="About">What is peculiar to it.</param>
/// <param name="Classes">The classes' names in the order of their ids.</param>
/// <param name="Draw">Draws the image of a number, from random numbers of its own.</param>
public sealed record DrawnSet(string Name, string About, IReadOnlyList<string> Classes, Func<Random, int, DrawnImage> Draw)
{
    /// <summary>Images to train on. Default 24.</summary>
    public int Train { get; init; } = 24;

    /// <summary>Images to validate on, and as many to test. Default 8.</summary>
    public int Held { get; init; } = 8;

    /// <summary>Whether images are written with 16 bits a channel; they are grey then. Default false.</summary>
    public bool IsDeep { get; init; }

    /// <summary>Whether masks hold 0 and 255 in place of 0 and 1. Default false.</summary>
    public bool MasksAreBlackAndWhite { get; init; }

    /// <summary>Draws an image of a series.</summary>
    /// <param name="seed">Decides the series.</param>
    /// <param name="number">Which of the series, from 0.</param>
    public DrawnImage Create(int seed, int number) => Draw(new Random(unchecked(seed * 1_000_003 + number)), number);
}
