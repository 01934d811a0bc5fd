using SegML.Images;
using SegML.Video;

namespace SegML.Cli.Commands;

/// <summary>The files that a command line names, folders looked into.</summary>
/// <param name="Images">Images, and files that are none but were named.</param>
/// <param name="Videos">Videos.</param>
internal sealed record PredictInputs(IReadOnlyList<string> Images, IReadOnlyList<string> Videos)
{
    /// <summary>Lists files. Folders are searched by extension, not into folders within; files that are named themselves are taken as they are.</summary>
    /// <param name="inputs">Files and folders.</param>
    /// <param name="output">The folder of the results.</param>
    /// <exception cref="ImageFormatException">There is none, or two would be written to one file.</exception>
    public static PredictInputs List(string[] inputs, string output)
    {
        List<string> images = [], videos = [];
        foreach (string input in inputs)
        {
            if (Directory.Exists(input))
            {
                string[] files = [.. Directory.EnumerateFiles(input).Order(StringComparer.Ordinal)];
                images.AddRange(files.Where(ImageFile.HasExtension));
                videos.AddRange(files.Where(VideoFile.HasExtension));
            }
            else
            {
                (VideoFile.IsVideo(input) ? videos : images).Add(input);
            }
        }
        if (images.Count + videos.Count == 0)
        {
            throw new ImageFormatException(inputs[0], "holds no images and no videos",
                $"name files, or folders of {string.Join(", ", ImageFile.Extensions.Concat(VideoFile.Extensions))}");
        }
        RefuseClashes(images, output);
        RefuseClashes(videos, output);
        return new PredictInputs(images, videos);
    }

    /// <summary>Results are named by their files' names without folder and extension: two of one name have one result.</summary>
    /// <exception cref="ImageFormatException">Two have.</exception>
    public static void RefuseClashes(IReadOnlyList<string> files, string output)
    {
        IGrouping<string, string>? clash = files.GroupBy(f => Path.GetFileNameWithoutExtension(f)!).FirstOrDefault(g => g.Count() > 1);
        if (clash is not null)
        {
            throw new ImageFormatException(clash.ElementAt(1), $"would be written over the results of {clash.First()} in {output}",
                "rename one, or write to two folders");
        }
    }
}
