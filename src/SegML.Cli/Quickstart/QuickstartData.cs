using SegML.Annotations;
using SegML.Cli.Quickstart.Scenes;
using SegML.Datasets;
using SegML.Files;
using SegML.Images;
using SegML.Masks;

namespace SegML.Cli.Quickstart;

/// <summary>The quickstart's data: scenes, the masks made from their annotations, and pictures to check both by eye.</summary>
internal static class QuickstartData
{
    private const int CheckedScenes = 8;

    /// <summary>Draws one split's scenes: images (JPEG) and annotations (Supervisely JSON) of the same names.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="split">The split.</param>
    /// <param name="first">The number of its first scene.</param>
    /// <param name="count">How many scenes.</param>
    /// <param name="options">Size and seed of the scenes.</param>
    /// <param name="cancellation">Stops between scenes.</param>
    public static void DrawScenes(QuickstartFolder folder, string split, int first, int count, QuickstartOptions options, CancellationToken cancellation) =>
        Parallel.For(first, first + count, new ParallelOptions { CancellationToken = cancellation }, number =>
        {
            Scene scene = SceneGenerator.Create(options.Seed, number, options.Width, options.Height);
            using RgbaImage image = ScenePainter.Paint(scene);
            string name = $"scene{number:0000}.jpg";
            ImageFile.Write(Path.Combine(folder.Split(split, "images"), name), image);
            AtomicFile.WriteText(Path.Combine(folder.Split(split, "annotations"), name + ".json"), SceneAnnotation.ToJson(scene));
        });

    /// <summary>Turns one split's annotations into masks. Nothing else tells the product what is in a scene.</summary>
    public static void WriteMasks(QuickstartFolder folder, string split, ClassSet classes, CancellationToken cancellation) =>
        Parallel.ForEach(Directory.EnumerateFiles(folder.Split(split, "annotations"), "*.json"), new ParallelOptions { CancellationToken = cancellation }, path =>
        {
            AnnotatedImage annotation = AnnotationFile.Read(path);
            SegmentationMask mask = AnnotationRasterizer.Draw(annotation, classes);
            MaskFile.Write(Path.Combine(folder.Split(split, "masks"), Path.ChangeExtension(annotation.Name, ".png")), mask);
        });

    /// <summary>Draws the masks of some scenes over their images.</summary>
    public static void WriteOverlays(QuickstartFolder folder, string split, ClassSet classes, CancellationToken cancellation)
    {
        foreach (DatasetItem item in Dataset.Pair(folder.Split(split, "images"), folder.Split(split, "masks")).Take(CheckedScenes))
        {
            cancellation.ThrowIfCancellationRequested();
            using RgbaImage image = ImageFile.Read(item.ImagePath);
            using RgbaImage overlay = Overlay.Draw(image, MaskFile.Read(item.MaskPath, classes));
            ImageFile.Write(Path.Combine(folder.Overlays, Path.GetFileName(item.MaskPath)), overlay);
        }
    }
}
