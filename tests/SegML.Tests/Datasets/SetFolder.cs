using System.Text.Json;
using SegML.Images;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Datasets;

/// <summary>Writes the parts of a data set into a test's folder.</summary>
internal static class SetFolder
{
    /// <summary>An image of a gradient; its folders are made.</summary>
    public static void WriteImage(this TemporaryFolder folder, string name, int width, int height)
    {
        using RgbaImage image = TestImages.Gradient(width, height);
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        ImageFile.Write(folder.File(name), image);
    }

    /// <summary>Reads a pipeline whose data are in the folder; as it is read back when it has been written, for a run keeps its pipeline.</summary>
    public static Pipeline ReadPipeline(this TemporaryFolder folder, string json)
    {
        string path = folder.File("p.json");
        File.WriteAllText(path, json);
        File.WriteAllText(path, PipelineFile.ToJson(PipelineFile.Read(path, folder.Path)));
        return PipelineFile.Read(path);
    }

    /// <summary>A COCO file with one class and at most one polygon an image.</summary>
    /// <param name="folder">The folder; the file is coco.json.</param>
    /// <param name="className">The class.</param>
    /// <param name="images">The images.</param>
    /// <param name="outline">An image's polygon, x and y in turn; null: it has none.</param>
    public static void WriteCoco(this TemporaryFolder folder, string className, (string Name, int Width, int Height)[] images, Func<int, int[]?> outline) =>
        File.WriteAllText(folder.File("coco.json"), JsonSerializer.Serialize(new
        {
            // The last image's first: their order in the file says nothing.
            annotations = images.Select((_, i) => (Image: i, Outline: outline(i))).Reverse().Where(a => a.Outline is not null)
                .Select(a => new { id = a.Image, image_id = a.Image, category_id = 1, segmentation = new[] { a.Outline } }),
            images = images.Select((image, i) => new { id = i, width = image.Width, height = image.Height, file_name = image.Name }),
            categories = new[] { new { id = 1, name = className } },
        }));
}
