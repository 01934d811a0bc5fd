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
        int left = pipeline.Training.IterationsPerEpoch > 0 ? 0 : samples % Math.Min(pipeline.Training.BatchSize, samples);
        if (left > 0)
        {
            notes.Add($"{samples.Of("sample")} make batches of {pipeline.Training.BatchSize} with {left} over: each epoch leaves out {left}, others each time");
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

    /// <summary>Writes what about the validation samples should be known.</summary>
    /// <param name="pipeline">What is trained.</param>
    /// <param name="monitor">The figure that decides which epoch is best.</param>
    /// <param name="occurs">Which classes occur in the validation masks, by id.</param>
    /// <exception cref="PipelineFormatException">The figure is of a class that does not occur, so that no epoch could be better than another.</exception>
    public static IReadOnlyList<string> OfValidation(Pipeline pipeline, MonitoredFigure monitor, IReadOnlyList<bool> occurs)
    {
        bool blind = monitor.Classes.Count > 0 && !monitor.Classes.Any(id => occurs[id]);
        if (blind && pipeline.Training.Monitor is not null)
        {
            throw new PipelineFormatException(pipeline.Source, $"has the training.monitor \"{pipeline.Training.Monitor}\", of which nothing occurs in the validation masks",
                "choose another figure, or validation images that show it");
        }
        string[] absent = [.. pipeline.Classes.Names.Where((_, id) => !occurs[id]).Select(name => $"\"{name}\"")];
        List<string> notes = absent.Length == 0 ? [] :
            [$"{(absent.Length == 1 ? "class" : "classes")} {string.Join(", ", absent)} never {(absent.Length == 1 ? "occurs" : "occur")} in the validation masks: no validation measures {(absent.Length == 1 ? "it" : "them")}"];
        if (blind)
        {
            notes.Add("the validation masks hold the background alone: the last validation's weights count as the best");
        }
        return notes;
    }
}
