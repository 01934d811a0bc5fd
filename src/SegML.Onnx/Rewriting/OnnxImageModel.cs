using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Makes a model of images out of a network: an image's bytes in, a mask of the same size out, and everything between them inside the
/// graph, in operators of the ONNX standard alone. Such a model runs wherever ONNX does, with nothing to get wrong around it.
/// </summary>
/// <remarks>
/// The logits are enlarged to the image's size before a class is chosen, which takes 4 bytes for each class and pixel: 0.5 GB for
/// 12 million pixels and 11 classes. Where all images have one size, <see cref="OnnxImageOptions.ImageSize"/> spares the resizing or
/// lets ONNX Runtime prepare it once.
/// </remarks>
public static class OnnxImageModel
{
    /// <summary>Rewrites a model and compares the two in ONNX Runtime.</summary>
    /// <param name="sourcePath">A model with one input float [N, 3, H, W] and one output float [N, C, H', W'] of at most 255 channels.</param>
    /// <param name="path">The model file to write: input uint8 [N, H, W, 3] or [N, 3, H, W], output uint8 [N, H, W], the index of the
    /// greatest channel at each pixel, the first of equals. A file of that name is replaced, but only by a proven one.</param>
    /// <param name="options">The network's size and normalisation, the kind of image.</param>
    /// <exception cref="OnnxExportException">The source is not such a model, or the result does not agree with it. No file is left.</exception>
    public static OnnxImageReport Rewrite(string sourcePath, string path, OnnxImageOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return ModelBoundary.Cross(sourcePath, () => Rewritten(sourcePath, path, options));
    }

    private static OnnxImageReport Rewritten(string sourcePath, string path, OnnxImageOptions options)
    {
        ModelProto model = ModelFile.ReadWhole(sourcePath);
        OpsetUpgrade.Run(model, sourcePath);
        Check(model, sourcePath);
        ImageGraph.Wrap(model.Graph, options);
        ModelProperties.Set(model, options.Metadata);

        IReadOnlyList<ImageAgreement> sizes = [];
        ModelFile.Write(path, model, temporary => sizes = ImageProof.Compare(sourcePath, temporary, path, options));
        return new OnnxImageReport { Path = path, FileSize = new FileInfo(path).Length, Sizes = sizes };
    }

    private static void Check(ModelProto model, string sourcePath)
    {
        if (model.Graph.Input.Count != 1 || model.Graph.Output.Count != 1 || !IsImage(model.Graph.Input[0], 3) || !IsImage(model.Graph.Output[0], null))
        {
            throw new OnnxExportException(sourcePath, $"has {Shown(model.Graph.Input)} in and {Shown(model.Graph.Output)} out",
                "give a model from float [N, 3, H, W] to float [N, C, H, W] with at most 255 channels");
        }
    }

    private static bool IsImage(ValueInfoProto value, int? channels)
    {
        TypeProto.Types.Tensor? type = value.Type?.TensorType;
        return type?.ElemType == (int)TensorProto.Types.DataType.Float && type.Shape?.Dim.Count == 4
            && (channels is { } count ? type.Shape.Dim[1].DimValue == 0 || type.Shape.Dim[1].DimValue == count
                : type.Shape.Dim[1].DimValue is > 0 and <= 255);
    }

    private static string Shown(IEnumerable<ValueInfoProto> values) => string.Join(" and ", values.Select(v => v.Type?.TensorType is { } type
        ? $"\"{v.Name}\" {(TensorProto.Types.DataType)type.ElemType} [{string.Join(", ", type.Shape?.Dim.Select(Shown) ?? [])}]"
        : $"\"{v.Name}\""));

    private static string Shown(TensorShapeProto.Types.Dimension dimension) =>
        dimension.DimParam.Length > 0 ? dimension.DimParam : $"{dimension.DimValue}";
}
