using System.Text.Json.Nodes;
using SegML.Masks;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Networks;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>Makes the ONNX model of a run.</summary>
public static class ModelExport
{
    /// <summary>
    /// Exports a run's best checkpoint: input "image" float [N, C, H, W], output "logits" float [N, classes, H, W], with
    /// <see cref="ModelInfo"/> as metadata. The file gets its name only when ONNX Runtime has computed the same as TorchSharp.
    /// </summary>
    /// <param name="runFolder">The run.</param>
    /// <param name="onnxPath">The file to write.</param>
    /// <param name="options">
    /// Opset, tolerances and shapes to verify; names, metadata and shapes that are not given are filled in. Null: all defaults.
    /// </param>
    /// <param name="mergeInto">
    /// A pipeline whose name and classes the model gets: the network's classes, by name or id under the "from" of those, are put together, and
    /// a class's probability is the sum of its members'. Null: the run's own.
    /// </param>
    /// <returns>Differences between the two by shape.</returns>
    /// <exception cref="ModelFormatException">The folder holds no run, or its checkpoint is damaged.</exception>
    /// <exception cref="PipelineFormatException">The network's classes cannot be merged so.</exception>
    /// <exception cref="OnnxExportException">The two do not compute the same; there is no file.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static OnnxExportReport Export(string runFolder, string onnxPath, OnnxExportOptions? options = null, Pipeline? mergeInto = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(onnxPath);
        Pipeline pipeline = RunFolder.ReadPipeline(runFolder);
        if (mergeInto is not null && (pipeline.Classes.IsMultiLabel || mergeInto.Classes.IsMultiLabel))
        {
            throw new PipelineFormatException(mergeInto.Source, "merges classes, and the run's or its own overlap", "export the run with its own classes");
        }
        IReadOnlyList<IReadOnlyList<long>>? members = mergeInto is null ? null : MergedClasses.Members(pipeline.Classes, mergeInto.Classes);
        SegmentationNetwork network = RunFolder.ReadBest(runFolder, pipeline);
        using nn.Module<Tensor, Tensor> exported = members is null ? network : new MergedClasses(network, members);
        exported.eval();
        var info = new ModelInfo
        {
            Name = (mergeInto ?? pipeline).Name,
            Classes = (mergeInto ?? pipeline).Classes,
            Input = pipeline.Input,
            Training = Provenance(runFolder, pipeline, members is null ? null : pipeline.Classes),
        };
        int width = pipeline.Input.Width, height = pipeline.Input.Height, channels = pipeline.Input.ChannelCount;
        options ??= new OnnxExportOptions();
        manual_seed(1);
        // Channels last in memory, as the network was trained and is evaluated: libtorch 2.10 computes some convolutions wrongly in the other order.
        using Tensor example = randn(1, height, width, channels).permute(0, 3, 1, 2);
        return OnnxExporter.Export(exported, example, onnxPath, options with
        {
            InputName = "image",
            OutputName = "logits",
            GraphName = options.GraphName ?? info.Name,
            Metadata = new Dictionary<string, string>([.. options.Metadata, .. info.ToMetadata()]),
            // Beside the size that it is meant for: an odd one, turned, and a batch of yet another.
            VerifyShapes = options.VerifyShapes ?? [[1, channels, 2 * (width / 3) + 1, 2 * (height / 3) + 1], [2, channels, 96, 160]],
        });
    }

    /// <summary>What the model says of where it came from: its checkpoint's card and the options that it was trained with.</summary>
    private static JsonObject Provenance(string runFolder, Pipeline pipeline, ClassSet? merged)
    {
        JsonObject card = RunFolder.ReadBestCard(runFolder);
        JsonNode recipe = JsonNode.Parse(PipelineFile.ToJson(pipeline))!;
        card["training"] = recipe["training"]!.DeepClone();
        if (merged is not null)
        {
            card["mergedFrom"] = new JsonArray([.. merged.Names.Select(name => JsonValue.Create(name))]);
        }
        return card;
    }
}
