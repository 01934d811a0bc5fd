namespace SegML.Scoring;

/// <summary>
/// How large images are scored piece by piece at their own resolution: aerial photos, scans, maps. Without tiles an image
/// is resized to the model's reference size, whatever its own; with them a pixel of the image is a pixel of the network's
/// input, so the model should have been trained at that resolution.
/// </summary>
/// <remarks>
/// Each tile keeps only its inner part, half the overlap away from its neighbours'. Tiles begin at multiples of the network's
/// stride, and the image's edge is repeated up to the next multiple. So where the overlap is at least the network's
/// <see cref="ReceptiveField"/>, the mask is the one of a single pass over the whole image. A network with global pooling
/// goes over the tiles twice, at about twice the time: the first time for the means over the whole image, which all
/// tiles are then given. Where that cannot be done - one mean depends on another, or the model is of fp16 - each tile has means of its own.
/// </remarks>
public sealed record TileOptions
{
    /// <summary>
    /// A tile's side in pixels, rounded up to a multiple of the network's stride. Memory grows with its square; work with
    /// (size / (size - overlap)) squared. Default 1024.
    /// </summary>
    public int Size { get; init; } = 1024;

    /// <summary>
    /// How many pixels neighbouring tiles share, less than <see cref="Size"/>; rounded up to two multiples of the network's
    /// stride. Null: the network's receptive field, which its metadata names; it makes tiles equal to one pass. For a
    /// network with global pooling it is that of its other layers, and at most a quarter of <see cref="Size"/>. Default null.
    /// </summary>
    public int? Overlap { get; init; }

    /// <summary>Images with more pixels than this are scored in tiles, others as without. Default 0: all.</summary>
    public long AbovePixels { get; init; }
}
