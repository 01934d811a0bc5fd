using System.Globalization;
using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Networks;
using SegML.Training.Ranks;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>Trains a network for an epoch: a step for each batch.</summary>
internal sealed class EpochTraining(Pipeline pipeline, SegmentationNetwork network, BatchLoader loader, TrainingStep step, Checkpoint checkpoint, string folder)
{
    /// <summary>The processes that train together. Default: this one alone.</summary>
    public IAllReduce Ranks { get; init; } = new OneProcess();

    /// <summary>Batch norm over all of them; null: each its own.</summary>
    public SynchronizedNorm? Norms { get; init; }

    /// <summary>Iterations of the whole run.</summary>
    public int Iterations => step.Iterations;

    /// <summary>Iterations of an epoch.</summary>
    public int Batches => loader.Batches;

    /// <summary>Samples of an iteration.</summary>
    public int BatchSize => loader.BatchSize;

    /// <summary>The learning rate of an iteration, from 0.</summary>
    public double LearningRateAt(int iteration) => step.LearningRateAt(iteration);

    /// <summary>Trains an epoch.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="trained">Called after each iteration with the iterations of the run so far and the mean loss of the epoch so far.</param>
    /// <param name="cancellation">Stops between iterations.</param>
    /// <returns>The mean loss.</returns>
    /// <exception cref="SegMLException">The loss, a gradient or a weight is no longer a finite number.</exception>
    public double Run(int epoch, Action<int, double> trained, CancellationToken cancellation)
    {
        network.train();
        if (pipeline.Training.FreezeEncoder)
        {
            // Its batch norms keep their statistics too.
            network.Encoder!.eval();
        }
        Norms?.Train();
        // Whatever a network draws itself (dropout) also follows from seed and epoch, so that resuming repeats it; each process draws its own.
        manual_seed(((long)pipeline.Training.Seed << 32) + ((long)Ranks.Rank << 24) + epoch);
        double sum = 0;
        int done = 0;
        // Of several processes all stop before the same iteration, or those that go on would wait for ever.
        foreach (Batch batch in loader.Epoch(epoch, Ranks.Count == 1 ? cancellation : CancellationToken.None))
        {
            using (batch)
            {
                if (Ranks.Count > 1 && Ranks.Sum(cancellation.IsCancellationRequested ? 1 : 0) > 0)
                {
                    throw new OperationCanceledException(cancellation);
                }
                int iteration = epoch * loader.Batches + done;
                double loss = step.Take(batch, iteration);
                if (!double.IsFinite(loss))
                {
                    throw Diverged("a loss or gradient that is not a finite number", iteration, checkpoint.Epoch);
                }
                sum += loss;
                trained(iteration + 1, sum / ++done);
            }
        }
        return checkpoint.IsFinite() ? sum / done : throw Diverged("weights that are not finite numbers", (epoch + 1) * loader.Batches - 1, checkpoint.Epoch);
    }

    /// <summary>What is thrown where training has left the finite numbers.</summary>
    /// <param name="what">What it trained to.</param>
    /// <param name="iteration">Counted from 0.</param>
    /// <param name="good">The epoch, from 1, whose checkpoint is the last one that was written; 0: none was.</param>
    /// <param name="inner">What was found; null: nothing was thrown before.</param>
    public SegMLException Diverged(string what, int iteration, int good, Exception? inner = null)
    {
        string kept = good == 0 ? "no epoch was finished before" : $"the last good checkpoint, of epoch {good}, is {RunFolder.LastTensors(folder)}";
        return new SegMLException(pipeline.Source,
            string.Create(CultureInfo.InvariantCulture, $"trains to {what} in epoch {iteration / loader.Batches + 1}, iteration {iteration + 1}, ")
            + string.Create(CultureInfo.InvariantCulture, $"at a learning rate of {step.LearningRateAt(iteration):g4}; {kept}"),
            "lower training.learningRate, set training.clipNorm, or set training.precision to fp32", inner);
    }
}
