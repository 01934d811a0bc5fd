using System.Collections.Concurrent;
using SegML.Images;
using SegML.Masks;

namespace SegML.Annotations;

/// <summary>Draws annotation files as mask files, on all cores. A file of many images is read one image at a time.</summary>
public sealed class AnnotationMasks
{
    private static readonly string[] _extensions = [".json", ".xml", ".txt", ".png"];

    private readonly ConcurrentDictionary<string, string> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly ClassSet _classes;
    private readonly string _folder;
    private int _files, _masks, _failed;

    /// <param name="classes">Say which class a name, value or colour stands for.</param>
    /// <param name="folder">Receives the masks: one indexed PNG an image, named after it. Created when missing.</param>
    public AnnotationMasks(ClassSet classes, string folder)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (_classes, _folder) = (classes, folder);
    }

    /// <summary>What the files themselves may leave open.</summary>
    public AnnotationOptions Options { get; init; } = new();

    /// <summary>Told after each file, and each mask, how many there are. Called from several threads.</summary>
    public IProgress<(int Files, int AllFiles, int Masks)>? Progress { get; init; }

    /// <summary>Told of what cannot be drawn, which keeps nothing else from being. Called from several threads.</summary>
    public IProgress<SegMLException>? Faults { get; init; }

    /// <summary>Draws.</summary>
    /// <param name="path">An annotation file, a mask in the data set's own values or colours, or a folder of them.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <returns>How many masks were written, and how many images or files could not be drawn.</returns>
    /// <exception cref="AnnotationFormatException">There is no such file or folder, or it holds no annotations.</exception>
    /// <exception cref="OutputException">A mask cannot be written.</exception>
    public (int Masks, int Failed) Write(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] files = FilesOf(path);
        (_files, _masks, _failed) = (0, 0, 0);
        _sources.Clear();
        Each(files, cancellation, file => Guarded(() =>
        {
            WriteFile(file, files.Length, cancellation);
            Progress?.Report((Interlocked.Increment(ref _files), files.Length, _masks));
        }));
        return (_masks, _failed);
    }

    private static string[] FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }
        if (!Directory.Exists(path))
        {
            throw new AnnotationFormatException(path, "does not exist", "name an annotation file or a folder of them");
        }
        string[] files = [.. Directory.EnumerateFiles(path)
            .Where(f => _extensions.Contains(Path.GetExtension(f).ToLowerInvariant()))
            .Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? files
            : throw new AnnotationFormatException(path, $"holds no annotation files ({string.Join(", ", _extensions)})", "name the folder that does");
    }

    private void WriteFile(string file, int files, CancellationToken cancellation)
    {
        if (Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase))
        {
            Write(Path.GetFileName(file), file, MaskFile.Read(file, _classes));
            return;
        }
        // A file of one image is drawn by the thread that read it, what follows in one of many images by all.
        using IEnumerator<AnnotatedImage> images = AnnotationFile.ReadAll(file, Options).GetEnumerator();
        if (!images.MoveNext())
        {
            return;
        }
        Draw(images.Current);
        if (images.MoveNext())
        {
            Each(From(images), cancellation, Draw);
        }

        void Draw(AnnotatedImage image) => Guarded(() =>
        {
            using SegmentationMask mask = AnnotationRasterizer.Draw(image, _classes);
            Write(image.Name, file, mask);
            Progress?.Report((_files, files, _masks));
        });
    }

    private static IEnumerable<AnnotatedImage> From(IEnumerator<AnnotatedImage> images)
    {
        do
        {
            yield return images.Current;
        }
        while (images.MoveNext());
    }

    private void Write(string image, string source, SegmentationMask mask)
    {
        string name = NameOf(image, source);
        if (!_sources.TryAdd(name, source))
        {
            throw new AnnotationFormatException(source, $"would be written to the same mask {name} as {_sources[name]}", "rename one of them");
        }
        MaskFile.Write(Path.Combine(_folder, name), mask);
        Interlocked.Increment(ref _masks);
    }

    /// <summary>The mask's file name: the image's, folders within the data set included. Never one outside the output folder.</summary>
    private static string NameOf(string image, string source)
    {
        string name = image.Replace('\\', '/').TrimStart('/');
        if (name.Split('/').Any(part => part is "" or "." or "..") || Path.IsPathRooted(name) || name.Contains(':', StringComparison.Ordinal))
        {
            throw new AnnotationFormatException(source, $"names the image \"{image}\", which lies outside the data set", "correct the name");
        }
        return (ImageFile.HasExtension(name) ? Path.ChangeExtension(name, null) : name) + ".png";
    }

    private static void Each<T>(IEnumerable<T> items, CancellationToken cancellation, Action<T> action)
    {
        try
        {
            Parallel.ForEach(Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, action);
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<SegMLException>().FirstOrDefault() is { } first)
        {
            throw first;
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (SegMLException e) when (e is AnnotationFormatException or MaskFormatException or ImageFormatException)
        {
            Interlocked.Increment(ref _failed);
            Faults?.Report(e);
        }
    }
}
