using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Files;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring.Tiles;

namespace SegML.Scoring;

/// <summary>
/// What an exported model says of itself, in its ONNX metadata: classes, input, and where it came from. Tensor names:
/// input "image" float [N, C, H, W] with the channels of the input's colour space, output "logits" float [N, classes, H, W], unless it is <see cref="SelfContained"/>.
/// </summary>
public sealed record ModelInfo
{
    /// <summary>The version of the metadata's form that this build writes, and the newest it reads. 2: colour spaces beyond RGB and BGR. 3: bands, and normalisation by each image's own figures. 4: classes that overlap. 5: models of other tools, which give probabilities or take images by other rules.</summary>
    public const int CurrentFormat = 5;

    /// <summary>The model's name, usually that of its pipeline.</summary>
    public required string Name { get; init; }

    /// <summary>The classes; a class's id is its channel in the logits.</summary>
    public required ClassSet Classes { get; init; }

    /// <summary>How an image becomes the network's input.</summary>
    public required InputOptions Input { get; init; }

    /// <summary>Provenance: network, options, seed, epochs, figures, versions. Free in form.</summary>
    public JsonObject? Training { get; init; }

    /// <summary>What the network computes with. Default <see cref="ModelPrecision.Fp32"/>.</summary>
    public ModelPrecision Precision { get; init; }

    /// <summary>
    /// Whether the output holds probabilities, as some models of other tools give, and not logits: they are interpolated as they are. Default false.
    /// </summary>
    public bool GivesProbabilities { get; init; }

    /// <summary>The tensors of a model that takes an image's bytes and gives the mask itself. Null: a network, which needs SegML around it.</summary>
    public SelfContained? SelfContained { get; init; }

    /// <summary>What was done to the model after its export, in order: step, source, its SHA-256. Free in form. Null: nothing.</summary>
    public JsonArray? Rewriting { get; init; }

    /// <summary>How far the network sees, which scoring in tiles asks. Null: the file does not say, since an earlier SegML exported it.</summary>
    public ReceptiveField? ReceptiveField { get; init; }

    /// <summary>The means over the whole image that tiles are given. Null: the network takes none, or cannot be given them.</summary>
    internal GlobalMeans? GlobalMeans { get; init; }

    /// <summary>Reads what a model file says of itself, also where a <see cref="Segmenter"/> does not take it.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <exception cref="ModelFormatException">The file is missing, empty, truncated, not ONNX, not SegML's, or too new.</exception>
    public static ModelInfo Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Boundary.Model.Cross(path, () =>
        {
            byte[] model = SessionFactory.ReadFile(path);
            bool isChecked = SessionFactory.CheckSeal(model, path);
            if (model.Length == 0)
            {
                throw new ModelFormatException(path, "is empty", "export it again");
            }
            // Not by ONNX Runtime, which would prepare all of the network to be run.
            ModelInfo info = FromMetadata(OnnxConstants.Metadata(model, path), path);
            if (!isChecked)
            {
                Checksums.TellMissing(path);
            }
            return info;
        });
    }

    /// <summary>As ONNX metadata properties.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["segml.format"] = GivesProbabilities || Input.HasForeignRules ? "5" : Classes.IsMultiLabel ? "4" : Input.Bands is null && !Input.IsNormalizedByImage ? "2" : "3",
            ["segml.name"] = Name,
            ["segml.classes"] = JsonSerializer.Serialize(Classes.Classes, PipelineJson.Options),
            ["segml.ignore"] = JsonSerializer.Serialize(Classes.Ignore, PipelineJson.Options),
            ["segml.input"] = JsonSerializer.Serialize(Input, PipelineJson.Options),
            ["segml.training"] = Training?.ToJsonString() ?? "{}",
            ["segml.precision"] = Precision.ToString().ToLowerInvariant(),
        };
        if (Classes.Thresholds is not null)
        {
            metadata["segml.thresholds"] = JsonSerializer.Serialize(Classes.Thresholds, PipelineJson.Options);
        }
        if (GivesProbabilities)
        {
            metadata["segml.output"] = "probabilities";
        }
        if (SelfContained is not null)
        {
            metadata["segml.selfContained"] = JsonSerializer.Serialize(SelfContained, PipelineJson.Options);
        }
        if (Rewriting is not null)
        {
            metadata["segml.rewriting"] = Rewriting.ToJsonString();
        }
        if (ReceptiveField is not null)
        {
            metadata["segml.receptiveField"] = JsonSerializer.Serialize(ReceptiveField, PipelineJson.Options);
        }
        if (GlobalMeans is not null)
        {
            metadata["segml.globalMeans"] = JsonSerializer.Serialize(GlobalMeans, PipelineJson.Options);
        }
        return metadata;
    }

    /// <summary>Reads it back.</summary>
    /// <param name="metadata">The model's metadata properties.</param>
    /// <param name="source">The model's path, for errors.</param>
    /// <exception cref="ModelFormatException">The metadata is not SegML's, is damaged, or is of a newer form.</exception>
    public static ModelInfo FromMetadata(IReadOnlyDictionary<string, string> metadata, string source)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.TryGetValue("segml.format", out string? format))
        {
            throw new ModelFormatException(source, "has no SegML metadata", $"if another tool exported it, describe it: segml model adopt {source} --preset NAME --out adopted.onnx, or in C# Segmenter.Load(path, new ModelDescription {{ ... }})");
        }
        if (!int.TryParse(format, out int version) || version < 1)
        {
            throw Damaged($"form \"{format}\"");
        }
        if (version > CurrentFormat)
        {
            throw new ModelFormatException(source, $"has metadata of form {version}, newer than {CurrentFormat}", "use a newer SegML");
        }
        try
        {
            var classes = JsonSerializer.Deserialize<SegmentationClass[]>(metadata["segml.classes"], PipelineJson.Options) ?? [];
            if (Array.Exists(classes, c => c is null))
            {
                throw Damaged("a class is null");
            }
            var ignore = JsonSerializer.Deserialize<IgnoreClass>(metadata["segml.ignore"], PipelineJson.Options);
            var input = JsonSerializer.Deserialize<InputOptions>(metadata["segml.input"], PipelineJson.Options) ?? new InputOptions();
            input.Validate(source);
            var field = JsonSerializer.Deserialize<ReceptiveField?>(metadata.GetValueOrDefault("segml.receptiveField", "null"), PipelineJson.Options);
            field?.Validate();
            var means = JsonSerializer.Deserialize<GlobalMeans?>(metadata.GetValueOrDefault("segml.globalMeans", "null"), PipelineJson.Options);
            means?.Validate();
            var thresholds = JsonSerializer.Deserialize<double[]?>(metadata.GetValueOrDefault("segml.thresholds", "null"), PipelineJson.Options);
            return new ModelInfo
            {
                Name = metadata["segml.name"],
                Classes = new ClassSet(classes, ignore, source, thresholds),
                Input = input,
                Training = JsonNode.Parse(metadata["segml.training"]) as JsonObject,
                // The keys below are later than the form's first models.
                Precision = Enum.Parse<ModelPrecision>(metadata.GetValueOrDefault("segml.precision", nameof(ModelPrecision.Fp32)), ignoreCase: true),
                GivesProbabilities = metadata.GetValueOrDefault("segml.output", "logits") == "probabilities",
                SelfContained = JsonSerializer.Deserialize<SelfContained?>(metadata.GetValueOrDefault("segml.selfContained", "null"), PipelineJson.Options),
                Rewriting = JsonNode.Parse(metadata.GetValueOrDefault("segml.rewriting", "null")) as JsonArray,
                ReceptiveField = field,
                GlobalMeans = means,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or ArgumentException or PipelineFormatException)
        {
            throw Damaged(e is PipelineFormatException own ? own.Fault : e.Message, e);
        }

        ModelFormatException Damaged(string how, Exception? inner = null) =>
            new(source, $"has damaged SegML metadata ({how})", "export the model again", inner);
    }
}
