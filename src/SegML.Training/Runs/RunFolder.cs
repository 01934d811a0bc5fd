using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Files;
using SegML.Pipelines;
using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Training.Runs;

/// <summary>The files of a run and how they are read back.</summary>
internal static class RunFolder
{
    public static string PipelineFile(string folder) => Path.Combine(folder, "pipeline.json");

    public static string LastTensors(string folder) => Path.Combine(folder, "last.dat");

    public static string LastCard(string folder) => Path.Combine(folder, "last.json");

    /// <summary>The key in cards and in a model's metadata under which the encoder's first weights are named.</summary>
    public const string EncoderKey = "encoderWeights";

    public static string BestTensors(string folder) => Path.Combine(folder, "best.dat");

    public static string BestCard(string folder) => Path.Combine(folder, "best.json");

    /// <summary>An epoch's weights, where the run keeps them.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="epoch">Counted from 1.</param>
    public static string KeptTensors(string folder, int epoch) => Path.Combine(folder, $"epoch-{epoch:0000}.dat");

    public static string Log(string folder) => Path.Combine(folder, "log.csv");

    public static string Curves(string folder) => Path.Combine(folder, "curves.png");

    // TensorBoard looks for "tfevents" in names.
    public static string TensorBoard(string folder) => Path.Combine(folder, "events.out.tfevents.segml");

    public static string Samples(string folder) => Path.Combine(folder, "samples");

    public static string Sessions(string folder) => Path.Combine(folder, "sessions.json");

    /// <summary>The files of fixed names that every run writes.</summary>
    public static IEnumerable<string> Written(string folder) =>
        [PipelineFile(folder), LastTensors(folder), LastCard(folder), BestTensors(folder), BestCard(folder), Log(folder), Curves(folder), TensorBoard(folder), Sessions(folder)];

    /// <summary>Deletes what a killed process was just writing.</summary>
    public static void DeleteUnfinished(string folder)
    {
        if (Directory.Exists(folder))
        {
            AtomicFile.DeleteUnfinished(folder);
        }
    }

    /// <summary>Whether a run was begun in the folder.</summary>
    public static bool HoldsRun(string folder) => File.Exists(LastTensors(folder));

    /// <summary>The pipeline that the run was started with; classes that overlap have the thresholds of the best checkpoint.</summary>
    /// <exception cref="ModelFormatException">The folder holds no run.</exception>
    public static Pipeline ReadPipeline(string folder, string? dataRoot = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = PipelineFile(folder);
        if (!File.Exists(path))
        {
            throw new ModelFormatException(folder, "holds no training run (pipeline.json is missing)", "pass the folder that segml train wrote");
        }
        Pipeline pipeline = Pipelines.PipelineFile.ReadOfRun(path, dataRoot);
        return pipeline.Classes.IsMultiLabel && File.Exists(BestCard(folder)) && ReadBestCard(folder)["validation"]?["thresholds"] is JsonArray thresholds
            ? pipeline with { Classes = pipeline.Classes.WithThresholds([.. thresholds.Select(t => (double)t!)]) }
            : pipeline;
    }

    /// <summary>The run's best network, on the CPU and in evaluation mode; the caller disposes it.</summary>
    /// <exception cref="ModelFormatException">There is no best checkpoint, or it is not this network's.</exception>
    public static SegmentationNetwork ReadBest(string folder, Pipeline pipeline)
    {
        string path = BestTensors(folder);
        SegmentationNetwork? network = null;
        try
        {
            TensorFile.Use(path, tensors =>
            {
                network = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count, pipeline.Source, pipeline.Input.ChannelCount);
                TensorFile.CopyInto(tensors, "", network.state_dict(), path);
            });
            network!.eval();
            return network;
        }
        catch
        {
            network?.Dispose();
            throw;
        }
    }

    /// <summary>What best.json says.</summary>
    /// <exception cref="ModelFormatException">It is missing or damaged.</exception>
    public static JsonObject ReadBestCard(string folder)
    {
        string path = BestCard(folder);
        try
        {
            JsonObject card = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            return Checksums.Take(card) switch
            {
                false => throw new ModelFormatException(path, "is not as it was written (its checksum differs)",
                    $"restore it; if it was changed on purpose, delete its line \"{Checksums.Key}\""),
                null => Unchecked(card),
                _ => card,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new ModelFormatException(path, UnreadableFile.Because(e), "train again, or restore the file", e);
        }

        JsonObject Unchecked(JsonObject card)
        {
            Checksums.TellMissing(folder);
            return card;
        }
    }

    /// <summary>Where the run's encoder had its first weights from, as its last checkpoint's card says; null: not known, or from nowhere.</summary>
    public static JsonObject? ReadEncoder(string folder)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(LastCard(folder)))?[EncoderKey]?.DeepClone().AsObject();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null; // The card is for people; the tensors beside it decide whether the run can go on.
        }
    }

    /// <summary>The epochs whose weights the run has kept, from 1, in order.</summary>
    public static int[] KeptEpochs(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "epoch-*.dat").Select(path => Path.GetFileNameWithoutExtension(path)["epoch-".Length..])
            .Select(digits => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch) ? epoch : 0).Where(e => e > 0).Order(),
    ];
}
