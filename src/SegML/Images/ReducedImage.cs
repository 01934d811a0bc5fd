namespace SegML.Images;

/// <summary>An image that was decoded no larger than needed, and the size that its file holds.</summary>
/// <param name="Pixels">The image, upright: between the size needed and the full one.</param>
/// <param name="Width">The full width, upright.</param>
/// <param name="Height">The full height, upright.</param>
internal readonly record struct ReducedImage(RasterImage Pixels, int Width, int Height);

/// <summary>The size that an image is needed at, given its full size, both upright.</summary>
internal delegate (int Width, int Height) NeededSize(int width, int height);
