using System.Collections.Concurrent;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Files;
using SegML.Images;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>What drawing annotations as masks came to.</summary>
/// <param name="Masks">Masks written.</param>
/// <param name="Failed">Images, or whole files, for which there is no mask.</param>
/// <param name="LeftOut">What is missing from the masks, by kind of fault.</param>
public sealed record AnnotationMasksResult(int Masks, int Failed, IReadOnlyList<LeftOut> LeftOut);

/// <summary>Objects, images or files of one kind of fault.</summary>
/// <param name="Fault">The fault, in a few words.</param>
/// <param name="Objects">Objects left out of masks that were written.</param>
/// <param name="Images">Images without a mask.</param>
/// <param name="Example">The first of them, in a line.</param>
public sealed record LeftOut(string Fault, int Objects, int Images, string Example);

/// <summary>Draws annotation files as mask files, on all cores. A file of many images is read one image at a time.</summary>
public sealed class AnnotationMasks
{
    // A set is mostly wrong in the same way throughout.
    private const int ToldOfAKind = 5;

    private static readonly string[] _extensions = [".json", ".xml", ".txt", ".csv", ".png", ".npy"];

    private readonly ConcurrentDictionary<string, string> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, LeftOut> _leftOut = new(StringComparer.Ordinal);
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

    /// <summary>What the files themselves leave open.</summary>
    public AnnotationOptions Options { get; init; } = new();

    /// <summary>Receives, after each file and each mask, how many there are. Called from several threads.</summary>
    public IProgress<(int Files, int AllFiles, int Masks)>? Progress { get; init; }

    /// <summary>Receives the first faults of each kind; the others are counted. Called from several threads.</summary>
    public IProgress<SegMLException>? Faults { get; init; }

    /// <summary>Draws.</summary>
    /// <param name="path">An annotation file, a mask in the data set's own values or colours, or a folder of them.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="AnnotationFormatException">There is no such file or folder, or it holds no annotations.</exception>
    /// <exception cref="OutputException">A mask cannot be written, or would replace one of the files or images that are read.</exception>
    public AnnotationMasksResult Write(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] files = FilesOf(path);
        // A second run would translate masks that are translated already; and masks of PNG images have their images' names.
        string[] images = Options.ImageFolder is { } beside && Directory.Exists(beside) ? [.. Directory.EnumerateFiles(beside).Where(ImageFile.HasExtension)] : [];
        using IDisposable protection = SourceFiles.Protect([.. files, .. images], files.Where(IsMask).Concat(images).Select(MaskOf).Distinct(StringComparer.OrdinalIgnoreCase));
        (_files, _masks, _failed) = (0, 0, 0);
        _sources.Clear();
        _leftOut.Clear();
        Each(files, cancellation, file => Guarded(() =>
        {
            WriteFile(file, files.Length, cancellation);
            Progress?.Report((Interlocked.Increment(ref _files), files.Length, _masks));
        }));
        return new AnnotationMasksResult(_masks, _failed, [.. _leftOut.Values.OrderByDescending(l => l.Objects + l.Images).ThenBy(l => l.Fault, StringComparer.Ordinal)]);
    }

    private string MaskOf(string image) => Path.Combine(_folder, Path.ChangeExtension(Path.GetFileName(image), ".png"));

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
            .Where(f => _extensions.Contains(Path.GetExtension(f).ToLowerInvariant()) && !ImageName.IsLitter(Path.GetFileName(f)) && !IsNames(f))
            .Order(StringComparer.Ordinal)];
        // A photo beside its annotations, as LabelMe has them, is no mask.
        HashSet<string> annotated = [.. files.Where(f => !IsMask(f)).Select(f => Path.GetFileNameWithoutExtension(f))];
        files = [.. files.Where(f => !IsMask(f) || !annotated.Contains(Path.GetFileNameWithoutExtension(f)))];
        return files.Length > 0
            ? files
            : throw new AnnotationFormatException(path, $"holds no annotation files ({string.Join(", ", _extensions)})", "name the folder that does");
    }

    private static bool IsMask(string file) => MaskFile.HasExtension(file);

    // Lists of class names that tools put next to their labels.
    private static bool IsNames(string file) => Path.GetFileName(file).ToLowerInvariant() is "classes.txt" or "labels.txt" or "labelmap.txt" or "_classes.csv";

    private void WriteFile(string file, int files, CancellationToken cancellation)
    {
        if (IsMask(file))
        {
            Write(Path.GetFileName(file), file, MaskFile.Read(file, _classes));
            return;
        }
        AnnotationFile annotations = AnnotationFile.Open(file, Options);
        foreach ((AnnotationFormatException first, int count) in annotations.Faults)
        {
            LeaveOut(first, objects: count, images: 0);
        }
        if (annotations.Images.Count == 1)
        {
            Draw(annotations.Images[0]);
        }
        else
        {
            Each(annotations.Images, cancellation, Draw);
        }

        void Draw(AnnotationEntry entry) => Guarded(() =>
        {
            AnnotatedImage image = entry.Read(null);
            using SegmentationMask mask = Boundary.Annotation.Cross(file, () => AnnotationRasterizer.Draw(image, _classes, Options));
            Write(annotations.Images.Count == 1 ? image.Name : entry.FullName, file, mask);
            foreach (AnnotationFormatException fault in image.Unusable)
            {
                LeaveOut(fault, objects: 1, images: 0);
            }
            Progress?.Report((_files, files, _masks));
        });
    }

    private void Write(string image, string source, SegmentationMask mask)
    {
        string name = NameOf(image, source);
        if (!_sources.TryAdd(name, source))
        {
            throw new AnnotationFormatException(source, $"would be written to the same mask {name} as {_sources[name]}", "rename one of them")
            {
                Kind = AnnotationFaultKind.Repeated,
            };
        }
        MaskFile.Write(Path.Combine(_folder, name), mask);
        Interlocked.Increment(ref _masks);
    }

    /// <summary>The mask's file name: the image's, folders within the data set included. Never one outside the output folder.</summary>
    private static string NameOf(string image, string source)
    {
        string name = image.Replace('\\', '/').TrimStart('/');
        if (name.Split('/').Any(part => part is "" or "." or "..") || name.Any(char.IsControl) || Path.IsPathRooted(name) || name.Contains(':', StringComparison.Ordinal))
        {
            throw new AnnotationFormatException(source, $"names the image \"{string.Concat(image.Where(c => !char.IsControl(c)))}\", which lies outside the data set or is no file's name",
                "correct the name");
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
            LeaveOut(e, objects: 0, images: 1);
        }
    }

    private void LeaveOut(SegMLException fault, int objects, int images)
    {
        string kind = (fault as AnnotationFormatException)?.Kind.Title() ?? "mask that cannot be read";
        LeftOut sum;
        lock (_leftOut)
        {
            LeftOut before = _leftOut.GetValueOrDefault(kind) ?? new LeftOut(kind, 0, 0, fault.Message);
            _leftOut[kind] = sum = before with { Objects = before.Objects + objects, Images = before.Images + images };
        }
        if (sum.Objects + sum.Images - objects - images < ToldOfAKind)
        {
            Faults?.Report(fault);
        }
    }
}
