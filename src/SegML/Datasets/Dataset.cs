using SegML.Images;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>Finds a data set's files.</summary>
public static class Dataset
{
    /// <summary>The items of one of a pipeline's splits.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="split">The split's name: "train".</param>
    /// <exception cref="DatasetException">No such split, or its folders are not as <see cref="Pair"/> wants them.</exception>
    public static IReadOnlyList<DatasetItem> List(Pipeline pipeline, string split) => Survey(pipeline, split).OrThrow();

    /// <summary>
    /// The items of one of a pipeline's splits as far as there are any, and everything that keeps files from being paired.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="split">The split's name: "train".</param>
    /// <exception cref="DatasetException">No such split, or the pipeline does not say where its data is.</exception>
    public static DatasetListing Survey(Pipeline pipeline, string split)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(split);
        if (!pipeline.Data.Splits.TryGetValue(split, out SplitOptions? folders))
        {
            throw new DatasetException(pipeline.Source, $"has no split \"{split}\"", pipeline.Data.Splits.Count == 0
                ? "add one under data.splits"
                : $"choose one of {string.Join(", ", pipeline.Data.Splits.Keys)}");
        }
        string images = Folder(folders.Images), masks = Folder(folders.Masks);
        try
        {
            return Survey(images, masks);
        }
        catch (DatasetException e)
        {
            return new DatasetListing([], [DatasetFinding.Of(FindingKind.BadSource, e)]);
        }

        string Folder(string path)
        {
            if (Path.IsPathFullyQualified(path))
            {
                return path;
            }
            return pipeline.Data.Root is { } root
                ? Path.Combine(root, path)
                : throw new DatasetException(pipeline.Source, "does not say where its data is", "pass --data DIR or set data.root");
        }
    }

    /// <summary>
    /// Pairs the images of a folder with the masks of another: same file name, extensions aside. Subfolders are not
    /// searched, and masks that have no image are left alone.
    /// </summary>
    /// <param name="imageFolder">Folder of JPEG, PNG, BMP and WebP images.</param>
    /// <param name="maskFolder">Folder of PNG masks.</param>
    /// <returns>The items in ordinal order of the images' file names, the same on every system.</returns>
    /// <exception cref="DatasetException">
    /// A folder is missing, there is no image, an image has no mask, or two files differ only by extension.
    /// </exception>
    public static IReadOnlyList<DatasetItem> Pair(string imageFolder, string maskFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageFolder);
        ArgumentException.ThrowIfNullOrEmpty(maskFolder);
        return Survey(imageFolder, maskFolder).OrThrow();
    }

    private static DatasetListing Survey(string imageFolder, string maskFolder)
    {
        SourceFile[] images = [.. Files(imageFolder, "images").Where(ImageFile.HasExtension)
            .OrderBy(Path.GetFileName, StringComparer.Ordinal).Select(Keyed)];
        if (images.Length == 0)
        {
            throw new DatasetException(imageFolder, "holds no images", "put .jpg, .png, .bmp or .webp files there or name another folder");
        }
        return Pairing.Pair(images, Files(maskFolder, "masks")
            .Where(f => Path.GetExtension(f).Equals(".png", StringComparison.OrdinalIgnoreCase)).Select(Keyed), maskFolder);

        static SourceFile Keyed(string path) => new(path, Path.GetFileNameWithoutExtension(path));
    }

    private static string[] Files(string folder, string what)
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new DatasetException(folder, $"is not a folder; {what} were expected there", "check the pipeline's data part or pass --data DIR", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(folder, $"cannot be read ({e.Message.TrimEnd('.')})", "check the path and its permissions", e);
        }
    }
}
