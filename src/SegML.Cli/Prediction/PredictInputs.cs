using SegML.Batches;
using SegML.Files;
using SegML.Images;
using SegML.Video;

namespace SegML.Cli.Prediction;

/// <summary>The files that a command line names, folders looked into, each once.</summary>
/// <param name="Images">Images, and files that are none but were named.</param>
/// <param name="Videos">Videos.</param>
/// <param name="Notes">What folders hold beside them, a line each.</param>
internal sealed record PredictInputs(IReadOnlyList<string> Images, IReadOnlyList<string> Videos, IReadOnlyList<string> Notes)
{
    /// <summary>The images, with the names of their results: their own without folder and extension.</summary>
    public IReadOnlyList<BatchImage> Batch => [.. Images.Select(file => new BatchImage(file, Path.GetFileNameWithoutExtension(file)))];

    /// <summary>What the overlay of an image or a video is called.</summary>
    public static string OverlayOf(string file, string output, string extension) =>
        Path.Combine(output, Path.GetFileNameWithoutExtension(file) + ".overlay" + extension);

    /// <summary>Lists files. Folders are searched by extension, folders in them not; files that are named themselves are taken as they are.</summary>
    /// <param name="inputs">Files and folders.</param>
    /// <param name="output">The folder of the results.</param>
    /// <exception cref="ImageFormatException">There is none, or a result would be written over another.</exception>
    public static PredictInputs List(string[] inputs, string output)
    {
        List<string> images = [], videos = [], notes = [];
        foreach (string input in inputs)
        {
            if (!Directory.Exists(input))
            {
                (VideoFile.IsVideo(input) ? videos : images).Add(input);
                continue;
            }
            string[] files = [.. Directory.EnumerateFiles(input).Where(IsWanted).Order(StringComparer.Ordinal)];
            images.AddRange(files.Where(ImageFile.HasExtension));
            videos.AddRange(files.Where(VideoFile.HasExtension));
            string[] others = [.. files.Where(f => !ImageFile.HasExtension(f) && !VideoFile.HasExtension(f))];
            if (others.Length > 0)
            {
                notes.Add($"{input}: left alone {others.Length} of {files.Length.Of("file")} ({ExtensionsOf(others)}); name a file itself to have it read");
            }
        }
        if (images.Count + videos.Count == 0)
        {
            throw new ImageFormatException(inputs[0], "holds no images and no videos",
                $"name files, or a folder that holds {string.Join(", ", ImageFile.Extensions)} or videos itself: folders in it are not searched");
        }
        var listed = new PredictInputs([.. images.DistinctBy(Path.GetFullPath)], [.. videos.DistinctBy(Path.GetFullPath)], notes);
        RefuseClashes(listed.Images, output);
        RefuseClashes(listed.Videos, output);
        return listed;
    }

    /// <summary>Results are named by their files' names without folder and extension: two of one name have one result.</summary>
    /// <exception cref="ImageFormatException">Two have.</exception>
    public static void RefuseClashes(IReadOnlyList<string> files, string output)
    {
        IGrouping<string, string>? clash = files.GroupBy(f => Path.GetFileNameWithoutExtension(f)!, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1);
        if (clash is not null)
        {
            throw new ImageFormatException(clash.ElementAt(1), $"would be written over the results of {clash.First()} in {output}",
                "rename one, or write to two folders");
        }
    }

    /// <summary>Refuses results that would replace an input, the model or masks of other origin, before anything is written.</summary>
    /// <param name="model">The model file.</param>
    /// <param name="outputs">What is written; where overlays are, earlier results are known by them.</param>
    /// <exception cref="OutputException">One would.</exception>
    public IDisposable Protect(string model, BatchOutputs outputs)
    {
        IReadOnlyList<BatchImage> batch = Batch;
        IDisposable protection = SourceFiles.Protect([model, .. Images, .. Videos],
            batch.SelectMany(image => (string[])[outputs.MaskOf(image.Name), outputs.OverlayOf(image.Name), outputs.UncertaintyOf(image.Name)])
                .Concat(Videos.Select(file => OverlayOf(file, outputs.Folder, ".mp4"))));
        BatchImage[] there = [.. batch.Where(image => File.Exists(outputs.MaskOf(image.Name)))];
        if (outputs.Overlays && there.Length > 0 && !there.Any(image => File.Exists(outputs.OverlayOf(image.Name))))
        {
            protection.Dispose();
            throw new OutputException(outputs.MaskOf(there[0].Name), "is there already and is no earlier result: no overlay is beside it", "write to another folder with --out");
        }
        return protection;
    }

    // Neither hidden files nor the overlays and maps of an earlier run.
    private static bool IsWanted(string file) => !Path.GetFileName(file).StartsWith('.') && !BatchOutputs.IsResult(file);

    private static string ExtensionsOf(IEnumerable<string> files) => string.Join(", ", files
        .Select(f => Path.GetExtension(f) is { Length: > 0 } extension ? extension.ToLowerInvariant() : "no extension")
        .Distinct().Order(StringComparer.Ordinal));
}
