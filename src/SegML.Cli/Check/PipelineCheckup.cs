using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Losses;

namespace SegML.Cli.Check;

/// <summary>The splits of a pipeline, checked one after the other and then against each other.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Splits">The splits, in the pipeline file's order.</param>
/// <param name="Skipped">Splits whose images are not there.</param>
/// <param name="Refusals">What training would refuse, files aside.</param>
internal sealed record PipelineCheckup(Pipeline Pipeline, IReadOnlyList<SplitCheck> Splits, IReadOnlyList<string> Skipped, IReadOnlyList<SegMLException> Refusals)
{
    public bool IsSound => Refusals.Count == 0 && Splits.All(s => s.Errors == 0);

    /// <summary>The rule behind <see cref="Weights"/>: the pipeline's own, or the default where it has none.</summary>
    public ClassWeightRule Weighting => Pipeline.Training.ClassWeights == ClassWeighting.None
        ? ClassWeighting.InverseSquareRoot
        : Pipeline.Training.ClassWeights;

    /// <summary>A split's class weights.</summary>
    public float[] Weights(SplitCheck split) => ClassWeights.From(split.Report.ClassPixels, Weighting, Pipeline.Classes);

    /// <summary>Checks a pipeline's data.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="split">The only split to check; null: all whose image folder exists.</param>
    /// <param name="cancellation">Stops the check.</param>
    /// <exception cref="DatasetException">There is no such split, or none at all.</exception>
    public static PipelineCheckup Run(Pipeline pipeline, string? split, CancellationToken cancellation)
    {
        ILookup<bool, string> names = (split is null ? pipeline.Data.SplitNames : [split]).ToLookup(s => split is not null || Dataset.Exists(pipeline, s));
        if (!names[true].Any())
        {
            throw new DatasetException(pipeline.Source, "has no split whose image folder exists", "pass --data DIR or set data.root");
        }
        (string Name, DatasetListing Listing)[] listings = [.. names[true].Select(s => (s, Dataset.Survey(pipeline, s)))];
        var options = new DatasetCheckOptions { Measure = true, Input = pipeline.Input };
        (string Name, DatasetReport Report)[] reports = [.. listings.Select(l => (l.Name, WorkProgress.Run($"check {l.Name}", progress =>
            DatasetCheck.Run(l.Listing.Items, pipeline.Classes, new Direct<(int Done, int Total)>(at => progress.Report(at.Done, at.Total)), cancellation, options))))];
        IReadOnlyList<SharedFrame> shared = DatasetLeakage.Find(reports, cancellation);
        SplitCheck[] splits =
            [.. listings.Zip(reports, (l, r) => new SplitCheck(l.Name, l.Listing, r.Report, [.. shared.Where(f => f.Split == l.Name).Select(f => f.Finding)]))];
        return new PipelineCheckup(pipeline, splits, [.. names[false]], split is null ? Refused(pipeline, splits) : Trainer.Check(pipeline));
    }

    private static IReadOnlyList<SegMLException> Refused(Pipeline pipeline, IReadOnlyList<SplitCheck> splits)
    {
        SplitCheck[] train = [.. splits.Where(s => pipeline.Training.Splits.Contains(s.Name))], val = [.. splits.Where(s => s.Name == "val")];
        IReadOnlyList<SegMLException> refused = Trainer.Check(pipeline, Counts(train), pipeline.Data.Folds is null && pipeline.HasValidation() ? Counts(val) : null);
        // Where files of a split are at fault, its findings say more.
        return train.Length == pipeline.Training.Splits.Count || train.Any(s => s.Errors > 0) ? refused : [.. Missing(pipeline), .. refused];
    }

    private static IEnumerable<SegMLException> Missing(Pipeline pipeline)
    {
        try
        {
            Dataset.ListTraining(pipeline);
            return [];
        }
        catch (SegMLException e)
        {
            return [e];
        }
    }

    private static SampleCounts? Counts(IReadOnlyList<SplitCheck> splits) => splits.Count == 0 || splits.Any(s => s.Errors > 0) ? null
        : new SampleCounts(splits.Sum(s => s.Report.Items), [.. splits[0].Report.ClassPixels.Select((_, id) => splits.Sum(s => s.Report.ClassPixels[id]))]);
}
