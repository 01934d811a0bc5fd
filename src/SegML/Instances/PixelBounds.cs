namespace SegML.Instances;

/// <summary>A rectangle of pixels.</summary>
/// <param name="X">Its first column.</param>
/// <param name="Y">Its first row.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
public readonly record struct PixelBounds(int X, int Y, int Width, int Height);
