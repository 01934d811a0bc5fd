using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Annotations;
using SegML.Datasets;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>Reads masks from paths. See <c>ml.Transforms.LoadMasks</c>.</summary>
public sealed class LoadMasksTransformer : MaskColumnTransformer
{
    internal const string Kind = "LoadMasks";

    private readonly MaskSource _source;

    internal LoadMasksTransformer(string outputColumnName, string inputColumnName, ClassSet classes, AnnotationOptions? annotations)
        : base(Kind, outputColumnName, new InputColumn(inputColumnName, InputColumn.IsText, "text (paths of masks or annotations)"), classes, annotations) =>
        _source = new MaskSource(classes, annotations);

    internal static LoadMasksTransformer FromSaved(SavedTransformer saved)
    {
        MaskColumnSettings s = SettingsOf(saved);
        return new LoadMasksTransformer(s.Output, s.Input, s.Classes.ToClassSet(), s.Annotations);
    }

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes) =>
        [new(OutputName, SegmentationMaskDataViewType.Instance, SlotNames.Of(Classes.Names))];

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        ValueGetter<ReadOnlyMemory<char>> path = row.GetGetter<ReadOnlyMemory<char>>(inputs[0]);
        ReadOnlyMemory<char> value = default;
        return
        [
            (ValueGetter<SegmentationMask>)((ref SegmentationMask mask) =>
            {
                path(ref value);
                mask = _source.Read(value.ToString());
            }),
        ];
    }
}

/// <summary>Reads masks from paths. See <c>ml.Transforms.LoadMasks</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>text: paths of mask or annotation files</description></item>
/// <item><term>Output column</term><description>SegmentationMask</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.MLNet</description></item>
/// <item><term>Exportable to ONNX</term><description>No: masks are read from files, which no model does</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class LoadMasksEstimator : RowEstimator<LoadMasksTransformer>
{
    internal LoadMasksEstimator(LoadMasksTransformer transformer)
        : base(transformer)
    {
    }
}
