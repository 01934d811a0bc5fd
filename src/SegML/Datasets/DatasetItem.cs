namespace SegML.Datasets;

/// <summary>An image file and the mask file that belongs to it.</summary>
/// <param name="ImagePath">The image.</param>
/// <param name="MaskPath">The mask: a PNG whose values the pipeline's classes translate.</param>
public sealed record DatasetItem(string ImagePath, string MaskPath);
