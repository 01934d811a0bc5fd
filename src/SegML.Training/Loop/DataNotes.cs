using SegML.Pipelines;
using SegML.Training.Optimization;

namespace SegML.Training.Loop;

/// <summary>What about the training samples does not stop a run, but should be known.</summary>
internal static class DataNotes
{
    // Below it no network that begins at random has learned anything worth having, on any of the drawn data sets of the tests.
    private const int FewSteps = 200;

    /// <summary>Writes the notes, a sentence each.</summary>
    /// <param name="pipeline">What is trained.</param>
    /// <param name="pixels">Training pixels by class id.</param>
    /// <param name="samples">Training samples.</param>
    public static IReadOnlyList<string> Of(Pipeline pipeline, IReadOnlyList<long> pixels, int samples)
    {
        var notes = new List<string>();
        string[] absent = [.. pipeline.Classes.Names.Where((_, id) => pixels[id] == 0).Select(name => $"\"{name}\"")];
        if (absent.Length > 0)
        {
            notes.Add($"{(absent.Length == 1 ? "class" : "classes")} {string.Join(", ", absent)} never {(absent.Length == 1 ? "occurs" : "occur")} "
                + "in the training masks and will not be learned");
        }
        if (pipeline.Training.BatchSize > samples && pipeline.Training.IterationsPerEpoch == 0)
        {
            notes.Add($"training.batchSize {pipeline.Training.BatchSize} is above the number of training samples: batches are of {samples}");
        }
        TrainingOptions training = pipeline.Training;
        int iterations = training.IterationsPerEpoch > 0 ? training.IterationsPerEpoch : samples / Math.Min(training.BatchSize, samples);
        long steps = (long)training.Epochs * new StepPlan(iterations, training.Accumulate).EpochSteps;
        if (steps < FewSteps && training.StartFrom is null)
        {
            notes.Add($"the run updates the weights {steps} times, which is little: raise training.epochs or training.iterationsPerEpoch "
                + "(segml train --plan proposes values)");
        }
        return notes;
    }
}
