using SegML.Datasets;
using SegML.Images;
using SegML.Scenes.Roads;

namespace SegML.Benchmarks;

/// <summary>Drawn road scenes as files: frames with a sensor's noise, their masks, and their annotations.</summary>
internal static class DrawnData
{
    /// <summary>Writes frames and masks.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="count">The number of frames.</param>
    /// <param name="size">Their size in pixels.</param>
    /// <param name="extension">The format of the frames: .png or .jpg.</param>
    public static IReadOnlyList<DatasetItem> Write(string folder, int count, (int Width, int Height) size, string extension)
    {
        string masks = Path.Combine(folder, "masks");
        IReadOnlyList<string> images = WriteImages(folder, count, size, extension);
        SceneFiles.WriteMasks(Path.Combine(folder, "annotations"), masks, SceneClasses.Create());
        return [.. images.Select(image => new DatasetItem(image, Path.Combine(masks, Path.GetFileNameWithoutExtension(image) + ".png")))];
    }

    /// <summary>Writes frames, and their annotations into <c>annotations</c>.</summary>
    public static IReadOnlyList<string> WriteImages(string folder, int count, (int Width, int Height) size, string extension = ".jpg") =>
        SceneFiles.Write(folder, Path.Combine(folder, "annotations"),
            new SceneSeries { Count = count, Width = size.Width, Height = size.Height, Extension = extension });

    /// <summary>Paints one frame.</summary>
    public static RgbaImage Paint(int number, int width, int height) => ScenePainter.Paint(SceneGenerator.Create(1, number, width, height));
}
