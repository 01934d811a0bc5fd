using SegML.Batches;

namespace SegML.Cluster.Listing;

/// <summary>Refuses images that would have one result. Keeps the names of the folder that is being listed, and the folders.</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> _folders = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _names = new(StringComparer.OrdinalIgnoreCase);
    private string? _folder;

    /// <summary>Takes note of an image.</summary>
    /// <exception cref="ImageFormatException">Another one has its name, or its folder was listed before and left.</exception>
    public void Add(BatchImage image)
    {
        string folder = Path.GetDirectoryName(image.Name) ?? "";
        if (folder != _folder)
        {
            if (!_folders.Add(folder))
            {
                throw new ImageFormatException(image.File, "comes after images of another folder, and its folder before them", "sort the list, so that the images of a folder stand together");
            }
            _folder = folder;
            _names.Clear();
        }
        if (!_names.TryAdd(image.Name, image.File))
        {
            throw new ImageFormatException(image.File, _names[image.Name] == image.File ? "is listed twice" : $"would be written over the results of {_names[image.Name]}",
                "rename one, or start a job for each");
        }
    }
}
