using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>
/// Gives a <see cref="SegmentationMask"/> property of a row class one size, as ML.NET's ImageTypeAttribute does for images.
/// A property without it is a column of masks of any size.
/// </summary>
/// <param name="height">Height in pixels, at least 1.</param>
/// <param name="width">Width in pixels, at least 1.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class SegmentationMaskTypeAttribute(int height, int width) : DataViewTypeAttribute
{
    /// <summary>Height in pixels.</summary>
    public int Height { get; } = height;

    /// <summary>Width in pixels.</summary>
    public int Width { get; } = width;

    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) =>
        other is SegmentationMaskTypeAttribute type && type.Height == Height && type.Width == Width;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DataViewTypeAttribute other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(nameof(SegmentationMaskTypeAttribute), Height, Width);

    /// <summary>Tells ML.NET of the type; ML.NET calls it when it meets the attribute.</summary>
    public override void Register() =>
        DataViewTypeManager.Register(new SegmentationMaskDataViewType(Height, Width), typeof(SegmentationMask), this);

    /// <summary>
    /// Tells ML.NET what a plain <see cref="SegmentationMask"/> property is. ML.NET can meet one only after code of this
    /// assembly has run (a mask was made, a transform was loaded), so the module's initializer is early enough.
    /// </summary>
#pragma warning disable CA2255 // The effect is confined to a type that this assembly defines.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void RegisterAnySize() =>
        DataViewTypeManager.Register(SegmentationMaskDataViewType.Instance, typeof(SegmentationMask));
}
