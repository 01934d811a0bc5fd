using SegML.Datasets;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Scenes.Roads;

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
        SceneFiles.Write(folder.Split(split, "images"), folder.Split(split, "annotations"),
            new SceneSeries { Seed = options.Seed, First = first, Count = count, Width = options.Width, Height = options.Height }, cancellation);

    /// <summary>Turns one split's annotations into masks. Nothing else tells the product what is in a scene.</summary>
    public static void WriteMasks(QuickstartFolder folder, string split, ClassSet classes, CancellationToken cancellation) =>
        SceneFiles.WriteMasks(folder.Split(split, "annotations"), folder.Split(split, "masks"), classes, cancellation);

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
