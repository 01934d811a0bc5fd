using Microsoft.ML.Data;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>
/// The type of a column of masks. Values are <see cref="SegmentationMask"/>, which bring their classes along; the column's
/// SlotNames annotation, where a transform knows it, holds the class names in the order of their ids.
/// </summary>
public sealed class SegmentationMaskDataViewType : StructuredDataViewType
{
    /// <summary>Masks of any size.</summary>
    public SegmentationMaskDataViewType()
        : base(typeof(SegmentationMask))
    {
    }

    /// <summary>Masks of one size.</summary>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="width">Width in pixels, at least 1.</param>
    public SegmentationMaskDataViewType(int height, int width)
        : base(typeof(SegmentationMask))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        Height = height;
        Width = width;
    }

    /// <summary>Masks of any size.</summary>
    public static SegmentationMaskDataViewType Instance { get; } = new();

    /// <summary>Height in pixels; 0: any.</summary>
    public int Height { get; }

    /// <summary>Width in pixels; 0: any.</summary>
    public int Width { get; }

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) =>
        other is SegmentationMaskDataViewType type && type.Height == Height && type.Width == Width;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DataViewType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(nameof(SegmentationMaskDataViewType), Height, Width);

    /// <inheritdoc/>
    public override string ToString() => Height == 0 ? "Mask" : $"Mask<{Height}, {Width}>";
}
