using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using SegML.Files;
using SegML.Pipelines;
using SegML.Scoring.Adoption.Parts;

namespace SegML.Scoring.Adoption;

/// <summary>
/// Makes a segmentation model that another tool exported one of SegML's: the description becomes its metadata, and the graph is brought to
/// the form that SegML scores, so that all of SegML works on it. Nothing of the network itself changes.
/// </summary>
public static class ModelAdoption
{
    private const long OldestOpset = 9;

    /// <summary>Adopts a model's file.</summary>
    /// <param name="path">The ONNX file; weights that it keeps in files beside it are taken in.</param>
    /// <param name="description">What the graph does not show. May be empty: then what is read is all.</param>
    /// <exception cref="ModelFormatException">The file is missing or no model, is SegML's already, or contradicts the description.</exception>
    public static AdoptedModel Adopt(string path, ModelDescription description)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Adopt(SessionFactory.ReadFile(path), path, description, Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    /// <summary>Adopts a model from memory.</summary>
    /// <param name="model">The ONNX file's content.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="description">What the graph does not show.</param>
    /// <inheritdoc cref="Adopt(string, ModelDescription)" path="/exception"/>
    public static AdoptedModel Adopt(byte[] model, string name, ModelDescription description) => Adopt(model, name, description, null);

    private static AdoptedModel Adopt(byte[] model, string name, ModelDescription description, string? folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(description);
        SessionFactory.CheckSeal(model, name);
        ForeignGraph graph = ForeignGraph.Read(model, name);
        if (graph.Property("segml.format") is not null)
        {
            throw new ModelFormatException(name, "is SegML's already", "use it as it is; to describe it otherwise, adopt the file that it was made from");
        }
        if (graph.Opset < OldestOpset)
        {
            throw new ModelFormatException(name, $"is written for opset {graph.Opset}", $"export it for opset {OldestOpset} or later");
        }
        ExternalWeights.TakeIn(graph.Graph, folder, name);
        AdoptionPlan plan = Plan(graph, description);
        GraphRewriting.Run(graph, plan);
        ModelInfo info = InfoOf(plan, model, name);
        Property[] others = [.. graph.Model.MetadataProps.Where(p => p.Key != ModelSeal.Key)];
        graph.Model.MetadataProps.Clear();
        graph.Model.MetadataProps.AddRange(others.Concat(info.ToMetadata().Select(m => new Property { Key = m.Key, Value = m.Value })));
        return new AdoptedModel(ModelSeal.Seal(graph.Model.ToByteArray()), plan.ToDescription(), plan.Notes, plan.Warnings) { NormalizesItself = plan.NormalizesItself };
    }

    private static AdoptionPlan Plan(ForeignGraph graph, ModelDescription said)
    {
        var notes = new List<string>();
        var warnings = new List<string>();
        var input = new InputReading(graph, said.Input, notes, warnings);
        var output = new OutputReading(graph, said, input.Layout, notes, warnings);
        return new AdoptionPlan
        {
            Name = said.Name ?? Path.GetFileNameWithoutExtension(graph.FileName),
            InputTensor = input.Tensor,
            InputLayout = input.Layout,
            Input = input.Options,
            NormalizesItself = input.NormalizesItself,
            OutputTensor = output.Tensor,
            Source = output.Source,
            SourceRank = output.Rank,
            OutputLayout = output.Layout,
            Meaning = output.Meaning,
            Threshold = said.Output.Threshold,
            Classes = output.Classes,
            Notes = notes,
            Warnings = warnings,
        };
    }

    private static ModelInfo InfoOf(AdoptionPlan plan, byte[] model, string name) => new()
    {
        Name = plan.Name,
        Classes = plan.Classes,
        Input = plan.Input,
        GivesProbabilities = plan.GivesProbabilities,
        Rewriting =
        [
            new JsonObject
            {
                ["step"] = "adopted",
                ["source"] = Path.GetFileName(name),
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(model)),
                ["output"] = JsonSerializer.SerializeToNode(plan.ToDescription().Output, PipelineJson.Options),
            },
        ],
    };
}

/// <summary>A model that SegML adopted.</summary>
/// <param name="Model">The content of its ONNX file, for <see cref="Segmenter.Load(byte[], string, SegmenterOptions?)"/> or a file.</param>
/// <param name="Description">What it is, with nothing left open.</param>
/// <param name="Notes">What was read from the graph, a sentence each.</param>
/// <param name="Warnings">What is probably wrong, a sentence each.</param>
public sealed record AdoptedModel(byte[] Model, ModelDescription Description, IReadOnlyList<string> Notes, IReadOnlyList<string> Warnings)
{
    /// <summary>Whether the graph takes bytes, or normalises its input before its first layer.</summary>
    public bool NormalizesItself { get; init; }
}
