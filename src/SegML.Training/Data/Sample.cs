namespace SegML.Training.Data;

/// <summary>A decoded image and mask at the reference size, as plain bytes.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Rgba">4 * Width * Height bytes, R G B A.</param>
/// <param name="Ids">Width * Height class ids or ignore indices.</param>
internal sealed record Sample(int Width, int Height, byte[] Rgba, byte[] Ids)
{
    /// <summary>Bytes of memory that it holds.</summary>
    public long Size => Rgba.LongLength + Ids.LongLength;
}
