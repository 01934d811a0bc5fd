using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Files;
using SegML.Images;
using SegML.Masks;

namespace SegML.Scenes.Roads;

/// <summary>Writes scenes as a data set: images, annotations, and the masks made from the annotations.</summary>
public static class SceneFiles
{
    /// <summary>Draws images (<c>scene0001.jpg</c>) and their annotations (Supervisely JSON, <c>scene0001.jpg.json</c>).</summary>
    /// <param name="images">The folder for the images.</param>
    /// <param name="annotations">The folder for the annotations; it may be the same.</param>
    /// <param name="series">Which scenes.</param>
    /// <param name="cancellation">Stops between scenes.</param>
    /// <returns>The paths of the images, in the order of the series.</returns>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static IReadOnlyList<string> Write(string images, string annotations, SceneSeries series, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        var paths = new string[series.Count];
        Parallel.For(0, series.Count, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            Scene scene = SceneGenerator.Create(series.Seed, series.First + i, series.Width, series.Height);
            using RgbaImage image = ScenePainter.Paint(scene);
            string name = $"scene{series.First + i:0000}{series.Extension}";
            paths[i] = Path.Combine(images, name);
            ImageFile.Write(paths[i], image);
            AtomicFile.WriteText(Path.Combine(annotations, name + ".json"), SceneAnnotation.ToJson(scene));
        });
        return paths;
    }

    /// <summary>Draws the masks of a folder of annotations (<c>scene0001.png</c>). They are made from the files alone.</summary>
    /// <param name="annotations">The folder that <see cref="Write"/> wrote annotations to.</param>
    /// <param name="masks">The folder for the masks.</param>
    /// <param name="classes">The classes; <see cref="SceneClasses.Create"/> has all that the scenes hold.</param>
    /// <param name="cancellation">Stops between masks.</param>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static void WriteMasks(string annotations, string masks, ClassSet classes, CancellationToken cancellation = default) =>
        Parallel.ForEach(Directory.EnumerateFiles(annotations, "*.json"), new ParallelOptions { CancellationToken = cancellation }, path =>
        {
            AnnotatedImage annotation = AnnotationFile.Read(path);
            SegmentationMask mask = AnnotationRasterizer.Draw(annotation, classes);
            MaskFile.Write(Path.Combine(masks, Path.ChangeExtension(annotation.Name, ".png")), mask);
        });
}
