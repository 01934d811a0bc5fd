using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Pipelines;
using SegML.Training.Losses;

namespace SegML.Cli.Check;

/// <summary>The splits of a pipeline, checked one after the other and then against each other.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Splits">The splits, in the pipeline file's order.</param>
/// <param name="Skipped">Splits whose images are not there.</param>
internal sealed record PipelineCheckup(Pipeline Pipeline, IReadOnlyList<SplitCheck> Splits, IReadOnlyList<string> Skipped)
{
    public bool IsSound => Splits.All(s => s.Errors == 0);

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
        return new PipelineCheckup(pipeline,
            [.. listings.Zip(reports, (l, r) => new SplitCheck(l.Name, l.Listing, r.Report, [.. shared.Where(f => f.Split == l.Name).Select(f => f.Finding)]))],
            [.. names[false]]);
    }
}
