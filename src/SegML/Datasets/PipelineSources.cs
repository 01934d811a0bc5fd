using SegML.Images;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>The files that a pipeline reads: those that no result may replace (<see cref="Files.SourceFiles"/>).</summary>
public static class PipelineSources
{
    /// <summary>The pipeline file, and all images, masks, annotations and lists of its splits, as far as they are there.</summary>
    public static IEnumerable<string> All(Pipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return Sources(pipeline).SelectMany(s => Found(pipeline, s, s.Masks ?? s.Annotations!).Concat(s.List is null ? [] : Found(pipeline, s, s.List)))
            .Concat(Images(pipeline)).Append(pipeline.Source).Distinct(StringComparer.Ordinal);
    }

    /// <summary>The images of its splits alone, as far as they are there.</summary>
    public static IEnumerable<string> Images(Pipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return Sources(pipeline).SelectMany(s => Found(pipeline, s, s.Images)).Where(ImageFile.HasExtension).Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<SourceOptions> Sources(Pipeline pipeline) =>
        pipeline.Data.Splits.Values.Concat<SourceOptions>(pipeline.Data.Shares is { } shares ? [shares] : []);

    private static IEnumerable<string> Found(Pipeline pipeline, SourceOptions source, string path)
    {
        string full = Path.Combine(pipeline.Data.Root ?? "", path);
        if (Directory.Exists(full))
        {
            // A folder that may not be read is told of where the data is read.
            return Directory.EnumerateFiles(full, "*", new EnumerationOptions { RecurseSubdirectories = source.Subfolders, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None });
        }
        return File.Exists(full) ? [full] : [];
    }
}
