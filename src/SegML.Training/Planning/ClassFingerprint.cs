namespace SegML.Training.Planning;

/// <summary>What the masks show of a class. Lengths are shares of the image's side, which is the root of its area: images of any size compare.</summary>
public sealed record ClassFingerprint
{
    /// <summary>The class's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its share of the pixels that are not ignored, 0 to 1.</summary>
    public double Share { get; init; }

    /// <summary>The share of the images that it occurs in, 0 to 1.</summary>
    public double Images { get; init; }

    /// <summary>The median over its connected components of the root of their area; 0 where it does not occur.</summary>
    public double Side { get; init; }

    /// <summary>
    /// How thick it is: the width of a stripe, the radius of a disc. Twice its area by the length of its outline, where outlines that follow pixels' edges are
    /// taken for 4 / pi too long. 0 where it does not occur, 1 where it has no outline.
    /// </summary>
    public double Thickness { get; init; }
}
