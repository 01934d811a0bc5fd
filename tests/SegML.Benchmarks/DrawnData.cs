using SegML.Annotations;
using SegML.Cli.Quickstart.Scenes;
using SegML.Datasets;
using SegML.Files;
using SegML.Images;
using SegML.Masks;

namespace SegML.Benchmarks;

/// <summary>Drawn road scenes as files: frames with a sensor's noise, their masks, and their annotations.</summary>
internal static class DrawnData
{
    /// <summary>Writes frames and masks.</summary>
    /// <param name="folder">Receives them.</param>
    /// <param name="count">How many.</param>
    /// <param name="size">Their size.</param>
    /// <param name="extension">What frames are: .png or .jpg.</param>
    public static IReadOnlyList<DatasetItem> Write(string folder, int count, (int Width, int Height) size, string extension)
    {
        var items = new DatasetItem[count];
        Parallel.For(0, count, i =>
        {
            Scene scene = SceneGenerator.Create(1, i, size.Width, size.Height);
            string annotation = WriteAnnotation(folder, $"{i:0000}", scene);
            items[i] = new DatasetItem(Path.Combine(folder, $"{i:0000}{extension}"), Path.Combine(folder, $"{i:0000}_mask.png"));
            using RgbaImage image = ScenePainter.Paint(scene);
            ImageFile.Write(items[i].ImagePath, image);
            MaskFile.Write(items[i].MaskPath, AnnotationRasterizer.Draw(AnnotationFile.Read(annotation), SceneClasses.Create()));
        });
        return items;
    }

    /// <summary>Writes a scene's Supervisely file.</summary>
    public static string WriteAnnotation(string folder, string name, Scene scene)
    {
        string path = Path.Combine(folder, name + ".json");
        AtomicFile.WriteText(path, SceneAnnotation.ToJson(scene));
        return path;
    }
}
