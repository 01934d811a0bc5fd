using System.Globalization;
using System.Text.Json.Nodes;
using SegML.Onnx;
using SegML.Onnx.Rewriting;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Runs;

namespace SegML.Training.Models;

/// <summary>One model of several runs, such as those of a cross-validation: the mean of their probabilities.</summary>
public static class ModelEnsemble
{
    private const string Prefix = "fold-";

    /// <summary>The folder of a fold's run.</summary>
    /// <param name="folder">The folder of the cross-validation.</param>
    /// <param name="fold">Counted from 1.</param>
    public static string FoldFolder(string folder, int fold) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{fold}"));

    /// <summary>The runs of a cross-validation in the order of their folds; none where the folder is no such.</summary>
    /// <param name="folder">The folder.</param>
    public static IReadOnlyList<string> Folds(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return [.. Enumerable.Range(1, 20).Select(fold => FoldFolder(folder, fold)).TakeWhile(run => File.Exists(RunFolder.PipelineFile(run)))];
    }

    /// <summary>Exports runs and merges their models.</summary>
    /// <param name="runFolders">At least two runs with the same input and classes.</param>
    /// <param name="onnxPath">The file to write.</param>
    /// <param name="options">As for one run; null: all defaults.</param>
    /// <param name="mergeInto">As for one run.</param>
    /// <exception cref="ModelFormatException">A folder holds no run, or the runs differ in input or classes.</exception>
    /// <exception cref="OnnxExportException">A model does not compute what its run does, or the ensemble not the mean of its members; there is no file.</exception>
    /// <inheritdoc cref="ModelExport.Export" path="/exception"/>
    public static OnnxEnsembleReport Export(IReadOnlyList<string> runFolders, string onnxPath, OnnxExportOptions? options = null, Pipeline? mergeInto = null)
    {
        ArgumentNullException.ThrowIfNull(runFolders);
        ArgumentOutOfRangeException.ThrowIfLessThan(runFolders.Count, 2, nameof(runFolders));
        string folder = Directory.CreateTempSubdirectory("segml-").FullName;
        try
        {
            string[] members = [.. runFolders.Select((_, i) => Path.Combine(folder, $"{i}.onnx"))];
            var cards = new JsonArray();
            ModelInfo? first = null;
            for (int i = 0; i < members.Length; i++)
            {
                ModelExport.Export(runFolders[i], members[i], options, mergeInto);
                ModelInfo info = ModelInfo.Read(members[i]);
                first ??= info;
                if (info.Classes.IsMultiLabel)
                {
                    throw new ModelFormatException(runFolders[i], "has classes that overlap, and the mean of an ensemble is of classes that do not", "export one run");
                }
                if (Task(info) != Task(first))
                {
                    throw new ModelFormatException(runFolders[i], $"has another input or other classes than {runFolders[0]}", "merge runs of one pipeline");
                }
                cards.Add(info.Training?.DeepClone());
            }
            IReadOnlyDictionary<string, string> metadata = (first! with { Training = new JsonObject { ["ensemble"] = cards } }).ToMetadata();
            int channels = first.Input.ChannelCount;
            return OnnxEnsemble.Merge(members, onnxPath, metadata, [[1, channels, first.Input.Height, first.Input.Width], [2, channels, 96, 160]]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Task(ModelInfo info)
    {
        IReadOnlyDictionary<string, string> metadata = info.ToMetadata();
        return metadata["segml.classes"] + metadata["segml.input"];
    }
}
