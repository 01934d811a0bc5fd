using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>Turns masks into one plane a class. See <c>ml.Transforms.OneHotEncodeMask</c>.</summary>
public sealed class OneHotEncodeMaskTransformer : MaskColumnTransformer
{
    internal const string Kind = "OneHotEncodeMask";

    internal OneHotEncodeMaskTransformer(string outputColumnName, string inputColumnName, ClassSet classes)
        : base(Kind, outputColumnName, InputColumn.Mask(inputColumnName), classes)
    {
    }

    internal static OneHotEncodeMaskTransformer FromSaved(SavedTransformer saved)
    {
        MaskColumnSettings s = SettingsOf(saved);
        return new OneHotEncodeMaskTransformer(s.Output, s.Input, s.Classes.ToClassSet());
    }

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes) =>
        [new(OutputName, inputTypes[0] is SegmentationMaskDataViewType { Height: > 0 } sized
            ? new VectorDataViewType(NumberDataViewType.Single, Classes.Count, sized.Height, sized.Width)
            : new VectorDataViewType(NumberDataViewType.Single), OneHotColumn.Annotate(Classes))];

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        Func<SegmentationMask> getMask = RowValues.Masks(row, inputs[0]);
        var sized = inputs[0].Type as SegmentationMaskDataViewType;
        return
        [
            (ValueGetter<VBuffer<float>>)((ref VBuffer<float> planes) =>
            {
                SegmentationMask mask = getMask();
                if (!mask.Classes.HasNamesOf(Classes))
                {
                    throw new MaskFormatException($"row {row.Position}",
                        $"has a mask of the classes {string.Join(", ", mask.Classes.Names)}, not {string.Join(", ", Classes.Names)}",
                        "encode masks with the classes that they were loaded with");
                }
                if (sized is { Height: > 0 } && (mask.Width != sized.Width || mask.Height != sized.Height))
                {
                    throw new MaskFormatException($"row {row.Position}",
                        $"has a mask of {mask.Width}x{mask.Height} in a column of {sized.Width}x{sized.Height}",
                        "leave SegmentationMaskType away where sizes vary");
                }
                long values = (long)Classes.Count * mask.Ids.Length;
                if (values > Array.MaxLength)
                {
                    throw new MaskFormatException($"row {row.Position}",
                        $"has a mask of {mask.Width}x{mask.Height}, whose {Classes.Count} planes are {values} numbers, above the limit of {Array.MaxLength}",
                        "encode smaller masks");
                }
                VBufferEditor<float> editor = VBufferEditor.Create(ref planes, (int)values);
                Encode(mask, editor.Values);
                planes = editor.Commit();
            }),
        ];
    }

    // By class id, never by the rank of the ids that happen to occur in one mask.
    private static void Encode(SegmentationMask mask, Span<float> planes)
    {
        planes.Clear();
        ReadOnlySpan<byte> ids = mask.Ids;
        int classes = mask.Classes.Count;
        if (mask.Classes.IsMultiLabel)
        {
            for (int i = 0; i < ids.Length; i++)
            {
                for (int c = 0; c < classes && ids[i] != mask.Classes.IgnoreIndex; c++)
                {
                    planes[c * ids.Length + i] = ids[i] >> c & 1;
                }
            }
            return;
        }
        for (int i = 0; i < ids.Length; i++)
        {
            int id = ids[i];
            if (id < classes)
            {
                planes[id * ids.Length + i] = 1;
            }
        }
    }
}

/// <summary>Turns masks into one plane a class. See <c>ml.Transforms.OneHotEncodeMask</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>SegmentationMask</description></item>
/// <item><term>Output column</term><description>vector of Single, [classes, H, W], of 0 and 1</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.MLNet</description></item>
/// <item><term>Exportable to ONNX</term><description>No: it prepares labels, which scoring does not need</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class OneHotEncodeMaskEstimator : RowEstimator<OneHotEncodeMaskTransformer>
{
    internal OneHotEncodeMaskEstimator(OneHotEncodeMaskTransformer transformer)
        : base(transformer)
    {
    }
}
