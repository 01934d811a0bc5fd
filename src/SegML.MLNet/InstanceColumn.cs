using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Instances;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>An instance, and the position of the row that it was found in.</summary>
internal readonly record struct InstanceRow(long SourceRow, SegmentationInstance Instance);

/// <summary>A column of <see cref="InstancesDataView"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Getter">Makes its getter over the current instance.</param>
internal sealed record InstanceColumn(string Name, DataViewType Type, Func<Func<InstanceRow>, Delegate> Getter)
{
    /// <summary>The columns in their order.</summary>
    public static IReadOnlyList<InstanceColumn> All { get; } =
    [
        Of("SourceRow", NumberDataViewType.Int64, r => r.SourceRow),
        Of("ClassId", NumberDataViewType.Int32, r => r.Instance.ClassId),
        Of("ClassName", TextDataViewType.Instance, r => r.Instance.ClassName.AsMemory()),
        // NaN is ML.NET's word for a missing number.
        Of("Score", NumberDataViewType.Single, r => r.Instance.Score ?? float.NaN),
        Of("Area", NumberDataViewType.Int32, r => r.Instance.Area),
        Of("X", NumberDataViewType.Int32, r => r.Instance.Bounds.X),
        Of("Y", NumberDataViewType.Int32, r => r.Instance.Bounds.Y),
        Of("Width", NumberDataViewType.Int32, r => r.Instance.Bounds.Width),
        Of("Height", NumberDataViewType.Int32, r => r.Instance.Bounds.Height),
        Of("CentroidX", NumberDataViewType.Single, r => (float)r.Instance.CentroidX),
        Of("CentroidY", NumberDataViewType.Single, r => (float)r.Instance.CentroidY),
        Of("InstanceMask", SegmentationMaskDataViewType.Instance, r => r.Instance.ToMask()),
    ];

    private static InstanceColumn Of<T>(string name, DataViewType type, Func<InstanceRow, T> value) =>
        new(name, type, current => (ValueGetter<T>)((ref T result) => result = value(current())));
}
