using SegML.Files;

namespace SegML.Cli.Quickstart;

/// <summary>What the quickstart leaves in its output folder.</summary>
public sealed class QuickstartFolder
{
    private const string Note = "quickstart.txt";

    private QuickstartFolder(string root) => Root = root;

    /// <summary>The output folder.</summary>
    public string Root { get; }

    /// <summary>Scenes: <c>train</c>, <c>val</c> and <c>test</c>, each with images, annotations and masks.</summary>
    public string Data => Path.Combine(Root, "data");

    /// <summary>The task.</summary>
    public string Pipeline => Path.Combine(Root, "pipeline.json");

    /// <summary>Masks drawn over their images, for a person to check.</summary>
    public string Overlays => Path.Combine(Root, "overlays");

    /// <summary>The training run: log, curves, checkpoints.</summary>
    public string Run => Path.Combine(Root, "run");

    /// <summary>The exported model.</summary>
    public string Onnx => Path.Combine(Root, "quickstart.onnx");

    /// <summary>The saved ML.NET pipeline.</summary>
    public string Model => Path.Combine(Root, "quickstart.zip");

    /// <summary>The report.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>One of a split's folders.</summary>
    /// <param name="split">train, val or test.</param>
    /// <param name="content">images, annotations or masks.</param>
    public string Split(string split, string content) => Path.Combine(Data, split, content);

    /// <summary>Makes the folder, or empties one that an earlier quickstart made.</summary>
    /// <exception cref="OutputException">The folder holds something else, or cannot be written.</exception>
    public static QuickstartFolder Create(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = new QuickstartFolder(Path.GetFullPath(path));
        try
        {
            if (File.Exists(folder.Root))
            {
                throw new OutputException(path, "is a file", "choose a folder with --out");
            }
            if (Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any())
            {
                folder.Clear(path);
            }
            Directory.CreateDirectory(folder.Root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(path, $"cannot be written ({e.Message.TrimEnd('.')})", "choose a folder you may write to", e);
        }
        AtomicFile.WriteText(Path.Combine(folder.Root, Note), """
            Written by "segml quickstart", which empties this folder when it is run again.

            report.html       open this first
            data/             drawn road scenes: images, annotations (Supervisely JSON) and the masks made from them
            pipeline.json     the task: classes, data, input, network, training
            overlays/         masks drawn over their images
            run/              the training run: log, curves, checkpoints
            quickstart.onnx   the exported model
            quickstart.zip    the saved ML.NET pipeline

            """);
        return folder;
    }

    /// <summary>Removes what a quickstart writes, and nothing else.</summary>
    private void Clear(string path)
    {
        if (!File.Exists(Path.Combine(Root, Note)))
        {
            throw new OutputException(path, "is not empty and no earlier quickstart's", "choose a new folder with --out");
        }
        foreach (string inner in (string[])[Data, Overlays, Run])
        {
            if (Directory.Exists(inner))
            {
                Directory.Delete(inner, recursive: true);
            }
        }
        foreach (string file in (string[])[Pipeline, Onnx, Model, Report])
        {
            File.Delete(file);
        }
    }
}
