using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace SegML.MLNet;

/// <summary>
/// Makes an <see cref="MLImage"/> property of a row class a column of images of any size. ML.NET's own ImageTypeAttribute wants
/// one size, and each image to have exactly it.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class AnySizeImageAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is AnySizeImageAttribute;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AnySizeImageAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(AnySizeImageAttribute).GetHashCode();

    /// <summary>Tells ML.NET of the type; ML.NET calls it when it meets the attribute.</summary>
    public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage), this);
}
