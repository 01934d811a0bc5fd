using System.Buffers;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>Turns one plane a class back into masks. See <c>ml.Transforms.OneHotDecodeMask</c>.</summary>
public sealed class OneHotDecodeMaskTransformer : RowTransformer
{
    internal const string Kind = "OneHotDecodeMask";

    private readonly Settings _settings;

    private OneHotDecodeMaskTransformer(Settings settings, ClassSet classes)
    {
        _settings = settings;
        Classes = classes;
        var planes = new InputColumn(settings.Input, IsPlanes, settings.Size is null
            ? $"vectors of {(long)classes.Count * settings.Height * settings.Width} floats, [{classes.Count}, {settings.Height}, {settings.Width}]"
            : $"vectors of float, [{classes.Count}, H, W]");
        Inputs = settings.Size is null
            ? [planes]
            : [planes, new InputColumn(settings.Size, t => InputColumn.IsMask(t) || InputColumn.IsImage(t), "masks or images, for their size")];
    }

    internal OneHotDecodeMaskTransformer(string outputColumnName, string inputColumnName, ClassSet classes, string sizeColumnName)
        : this(new Settings(outputColumnName, inputColumnName, SavedClasses.From(classes), sizeColumnName, 0, 0), classes)
    {
    }

    internal OneHotDecodeMaskTransformer(string outputColumnName, string inputColumnName, ClassSet classes, int height, int width)
        : this(new Settings(outputColumnName, inputColumnName, SavedClasses.From(classes), null, height, width), classes)
    {
    }

    /// <summary>The classes: a plane each, in the order of their ids.</summary>
    public ClassSet Classes { get; }

    private protected override string Name => Kind;

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    internal static OneHotDecodeMaskTransformer FromSaved(SavedTransformer saved)
    {
        Settings s = JsonSerializer.Deserialize<Settings>(saved.Settings, PipelineJson.Options)!;
        return new OneHotDecodeMaskTransformer(s, s.Classes.ToClassSet());
    }

    internal override SavedTransformer ToSaved() => new(Kind, JsonSerializer.Serialize(_settings, PipelineJson.Options));

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes) =>
        [new(_settings.Output, SegmentationMaskDataViewType.Instance, SlotNames.Of(Classes.Names))];

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        ValueGetter<VBuffer<float>> getPlanes = row.GetGetter<VBuffer<float>>(inputs[0]);
        Func<(int Width, int Height)> getSize = inputs.Count == 1 ? () => (_settings.Width, _settings.Height) : SizeOf(row, inputs[1]);
        VBuffer<float> planes = default;
        return
        [
            (ValueGetter<SegmentationMask>)((ref SegmentationMask mask) =>
            {
                getPlanes(ref planes);
                (int width, int height) = getSize();
                if (planes.Length != (long)Classes.Count * height * width)
                {
                    throw new MaskFormatException($"row {row.Position}",
                        $"has {planes.Length.Of("value")} in column \"{_settings.Input}\" where [{Classes.Count}, {height}, {width}] takes "
                        + $"{(long)Classes.Count * height * width}", "decode with the classes and the size that were encoded");
                }
                if (FiniteLogits.Fault(planes.GetValues()) is { } fault)
                {
                    throw new MaskFormatException($"row {row.Position}", $"has values in column \"{_settings.Input}\" that are not numbers ({fault})", "correct what computes them");
                }
                mask = Decode(planes, width, height, Classes);
            }),
        ];
    }

    private static Func<(int Width, int Height)> SizeOf(DataViewRow row, DataViewSchema.Column column)
    {
        if (InputColumn.IsMask(column.Type))
        {
            Func<SegmentationMask> getMask = RowValues.Masks(row, column);
            return () =>
            {
                SegmentationMask mask = getMask();
                return (mask.Width, mask.Height);
            };
        }
        Func<MLImage> getImage = RowValues.Images(row, column);
        return () =>
        {
            MLImage image = getImage();
            return (image.Width, image.Height);
        };
    }

    /// <summary>The mask that planes of one size stand for: of each pixel's values the greatest decides; where all are 0, it is ignored.</summary>
    internal static SegmentationMask Decode(in VBuffer<float> planes, int width, int height, ClassSet classes)
    {
        byte[] ids = GC.AllocateUninitializedArray<byte>(width * height);
        if (planes.IsDense)
        {
            Decode(planes.GetValues(), width, height, ids, classes);
        }
        else
        {
            float[] dense = ArrayPool<float>.Shared.Rent(planes.Length);
            planes.CopyTo(dense);
            Decode(dense.AsSpan(0, planes.Length), width, height, ids, classes);
            ArrayPool<float>.Shared.Return(dense);
        }
        return new SegmentationMask(width, height, ids, classes);
    }

    private static void Decode(ReadOnlySpan<float> planes, int width, int height, byte[] ids, ClassSet classes)
    {
        Logits.ArgMax(planes, classes.Count, height, width, ids, height, width);
        // Only where the first plane is 0 and was picked can all be 0.
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] == 0 && planes[i] == 0 && AllZero(planes, i, ids.Length))
            {
                ids[i] = classes.IgnoreIndex;
            }
        }
    }

    private static bool AllZero(ReadOnlySpan<float> planes, int from, int step)
    {
        for (int i = from; i < planes.Length; i += step)
        {
            if (planes[i] != 0)
            {
                return false;
            }
        }
        return true;
    }

    private bool IsPlanes(DataViewType type)
    {
        // A size of 0 stands for any.
        long known = (long)Classes.Count * _settings.Height * _settings.Width;
        return type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Single
            && (vector.Size == 0 || (_settings.Size is null ? vector.Size == known : vector.Size % Classes.Count == 0));
    }

    private sealed record Settings(string Output, string Input, SavedClasses Classes, string? Size, int Height, int Width);
}

/// <summary>Turns one plane a class back into masks. See <c>ml.Transforms.OneHotDecodeMask</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>vector of Single, [classes, H, W]</description></item>
/// <item><term>Output column</term><description>SegmentationMask</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.MLNet</description></item>
/// <item><term>Exportable to ONNX</term><description>No: a self-contained model gives class ids itself</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class OneHotDecodeMaskEstimator : RowEstimator<OneHotDecodeMaskTransformer>
{
    internal OneHotDecodeMaskEstimator(OneHotDecodeMaskTransformer transformer)
        : base(transformer)
    {
    }
}
