using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Evaluation;
using SegML.Files;
using SegML.Pipelines;
using SegML.Training.Networks;
using SegML.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Runs;

/// <summary>
/// What a run needs to go on exactly where it was: network, average, optimizer, epoch. Random numbers need no state: they
/// all follow from seed and epoch. The tensors are in last.dat, which decides alone; last.json is for people and programs
/// that only want to know.
/// </summary>
internal sealed class Checkpoint(SegmentationNetwork network, SegmentationNetwork average, Optimizer optimizer, Precision precision)
{
    /// <summary>Tensors beside them that training changes, by names of their own.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Others { get; init; } = [];

    /// <summary>Where the encoder's first weights came from, as cards hold it; null: from nowhere.</summary>
    public JsonObject? Encoder { get; init; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; set; }

    /// <summary>The epoch of the best validation; 0 before the first.</summary>
    public int BestEpoch { get; set; }

    /// <summary>The best validation's figure, of which more is better: see <see cref="MonitoredFigure.Rank"/>; NaN before the first.</summary>
    public double BestRank { get; set; } = double.NaN;

    /// <summary>The best validation's mean IoU; NaN before the first.</summary>
    public double BestMeanIoU { get; set; } = double.NaN;

    /// <summary>The epoch of the last validation that counts as an improvement in early stopping; 0 before the first.</summary>
    public int ImprovedEpoch { get; set; }

    /// <summary>That validation's figure, of which more is better; NaN before the first.</summary>
    public double ImprovedRank { get; set; } = double.NaN;

    /// <summary>Epochs that the run was meant to have before it was extended, and before that.</summary>
    public IReadOnlyList<long> EarlierEpochs { get; private set; } = [];

    /// <summary>Records that a run is given more epochs than it was planned with, so that its learning rate did not fall as the pipeline says.</summary>
    public void Extend(int epochs) => EarlierEpochs = [.. EarlierEpochs.Where(e => e != epochs), epochs];

    /// <summary>Whether all numbers that a checkpoint would hold are finite: a run does not go on from others.</summary>
    public bool IsFinite()
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return State().All(pair => !pair.Value.is_floating_point() || pair.Value.isfinite().all().item<bool>());
    }

    /// <summary>A checksum of all numbers that a checkpoint would hold, which is the same in all processes that train together.</summary>
    public ulong Checksum()
    {
        using DisposeScope scope = NewDisposeScope();
        var hash = new XxHash64();
        foreach ((_, Tensor tensor) in State())
        {
            hash.Append(tensor.detach().cpu().contiguous().bytes);
        }
        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>
    /// Writes the pipeline and the checkpoint that a process starts from. Wherever it is killed, the run is there to resume or was
    /// never begun: a run is there once last.dat is, and so the pipeline comes before it. Where the run is only given more epochs, the
    /// pipeline comes after it, so that the checkpoint notes the extension whenever the pipeline has it.
    /// </summary>
    public void Begin(string folder, Pipeline pipeline)
    {
        if (!RunFolder.HoldsRun(folder))
        {
            WritePipeline();
        }
        WriteLast(folder, pipeline);
        WritePipeline();

        void WritePipeline() => AtomicFile.WriteText(RunFolder.PipelineFile(folder), Checksums.Sign(PipelineFile.ToJson(pipeline)));
    }

    /// <summary>Writes last.dat and last.json.</summary>
    public void WriteLast(string folder, Pipeline pipeline)
    {
        using Tensor epoch = tensor((long)Epoch), bestEpoch = tensor((long)BestEpoch), best = tensor(BestMeanIoU), earlier = tensor(EarlierEpochs.ToArray());
        using Tensor improvedEpoch = tensor((long)ImprovedEpoch), improved = tensor(ImprovedRank), rank = tensor(BestRank);
        TensorFile.Write(RunFolder.LastTensors(folder),
        [
            .. State(), new("epoch", epoch), new("best.epoch", bestEpoch), new("best.meanIoU", best),
            new("best.rank", rank), new("improved.epoch", improvedEpoch), new("improved.rank", improved), new("earlierEpochs", earlier),
        ]);
        AtomicFile.WriteText(RunFolder.LastCard(folder), Text(Card(pipeline, Epoch, null)));
    }

    /// <summary>Writes best.dat, which TorchSharp's <c>Module.load</c> reads, and best.json.</summary>
    public void WriteBest(string folder, Pipeline pipeline, SegmentationMetrics? metrics, (string Name, double Figure)? monitor = null)
    {
        TensorFile.Write(RunFolder.BestTensors(folder), average.state_dict());
        JsonObject card = Card(pipeline, Epoch, metrics);
        if (monitor is var (name, figure))
        {
            card["monitor"] = new JsonObject { ["figure"] = name, ["value"] = Finite(figure) };
        }
        AtomicFile.WriteText(RunFolder.BestCard(folder), Text(card));
    }

    /// <summary>Writes the epoch's weights to be averaged later, as best.dat has them, and removes those that are too old.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="count">How many epochs' to keep.</param>
    public void Keep(string folder, int count)
    {
        if (count == 0)
        {
            return;
        }
        TensorFile.Write(RunFolder.KeptTensors(folder, Epoch), average.state_dict());
        foreach (int old in RunFolder.KeptEpochs(folder).Where(e => e <= Epoch - count))
        {
            File.Delete(RunFolder.KeptTensors(folder, old));
        }
    }

    /// <summary>Reads last.dat.</summary>
    /// <exception cref="ModelFormatException">It is damaged or another network's.</exception>
    public void ReadLast(string folder)
    {
        string path = RunFolder.LastTensors(folder);
        TensorFile.Use(path, tensors =>
        {
            TensorFile.CopyInto(tensors, "", State(), path);
            Epoch = (int)Number("epoch").item<long>();
            BestEpoch = (int)Number("best.epoch").item<long>();
            BestMeanIoU = Number("best.meanIoU").item<double>();
            // Checkpoints from before there was a choice of figures: the next validation is their first.
            bool ranks = tensors.ContainsKey("best.rank");
            BestRank = ranks ? Number("best.rank").item<double>() : double.NaN;
            ImprovedEpoch = ranks ? (int)Number("improved.epoch").item<long>() : Epoch;
            ImprovedRank = ranks ? Number("improved.rank").item<double>() : double.NaN;
            EarlierEpochs = tensors.TryGetValue("earlierEpochs", out Tensor? earlier) ? [.. earlier.data<long>()] : [];

            Tensor Number(string name) => tensors.TryGetValue(name, out Tensor? value) && value.numel() == 1
                ? value
                : throw new ModelFormatException(path, $"does not hold \"{name}\"", "start the run again in a new folder");
        });
    }

    private IEnumerable<KeyValuePair<string, Tensor>> State() =>
    [
        .. network.state_dict().Select(p => new KeyValuePair<string, Tensor>("network." + p.Key, p.Value)),
        .. average.state_dict().Select(p => new KeyValuePair<string, Tensor>("average." + p.Key, p.Value)),
        .. optimizer.State.Select(p => new KeyValuePair<string, Tensor>("optimizer." + p.Key, p.Value)),
        .. Others,
    ];

    private JsonObject Card(Pipeline pipeline, int epoch, SegmentationMetrics? metrics)
    {
        var card = new JsonObject
        {
            ["format"] = 1,
            ["name"] = pipeline.Name,
            ["network"] = pipeline.Network.Name,
            ["networkOptions"] = pipeline.Network.Options?.DeepClone(),
            ["seed"] = pipeline.Training.Seed,
            ["precision"] = JsonSerializer.SerializeToNode(precision),
            ["epoch"] = epoch,
            ["epochs"] = pipeline.Training.Epochs,
            ["torchSharp"] = typeof(torch).Assembly.GetName().Version?.ToString(3),
            ["segml"] = typeof(Checkpoint).Assembly.GetName().Version?.ToString(3),
        };
        if (Encoder is not null)
        {
            card[RunFolder.EncoderKey] = Encoder.DeepClone();
        }
        if (EarlierEpochs.Count > 0)
        {
            card["earlierEpochs"] = JsonSerializer.SerializeToNode(EarlierEpochs);
        }
        if (metrics is not null)
        {
            card["validation"] = Validation(metrics, pipeline);
        }
        return card;
    }

    /// <summary>A validation's figures, as cards hold them.</summary>
    public static JsonObject Validation(SegmentationMetrics metrics, Pipeline pipeline)
    {
        var perClass = new JsonObject();
        for (int c = 0; c < metrics.PerClassIoU.Count; c++)
        {
            perClass[pipeline.Classes.Names[c]] = Finite(metrics.PerClassIoU[c]);
        }
        var validation = new JsonObject
        {
            ["meanIoU"] = Finite(metrics.MeanIoU),
            ["pixelAccuracy"] = Finite(metrics.PixelAccuracy),
            ["perClassIoU"] = perClass,
        };
        if (metrics.ConfusionMatrix.Classes.Thresholds is { } thresholds)
        {
            validation["thresholds"] = JsonSerializer.SerializeToNode(thresholds);
        }
        return validation;
    }

    private static JsonValue? Finite(double value) => double.IsNaN(value) ? null : JsonValue.Create(Math.Round(value, 5));

    /// <summary>A card as its file holds it.</summary>
    public static string Text(JsonObject card) => Checksums.Sign(card.ToJsonString());
}
