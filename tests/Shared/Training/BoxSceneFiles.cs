using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Training;

/// <summary>Drawn scenes as files: train/ and val/, and a split "test" whose files are missing, so that reading it is an error.</summary>
internal static class BoxSceneFiles
{
    /// <summary>Writes images, masks and p.json.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="change">Changes the pipeline that is written.</param>
    /// <returns>The pipeline file.</returns>
    public static string Write(TemporaryFolder folder, Func<Pipeline, Pipeline>? change = null)
    {
        var data = new DataOptions
        {
            Root = folder.Path,
            Splits = new Dictionary<string, SplitOptions>
            {
                ["train"] = Draw(folder, "train/images", "train/masks", count: 6, seed: 1000),
                ["val"] = Draw(folder, "val/images", "val/masks", count: 3, seed: 2000),
                ["test"] = new() { Images = "test/images", Masks = "test/masks" },
            },
        };
        string path = folder.File("p.json");
        Pipeline pipeline = BoxScenes.Pipeline with { Data = data };
        File.WriteAllText(path, PipelineFile.ToJson(change is null ? pipeline : change(pipeline)));
        return path;
    }

    /// <summary>Writes scenes of 40x32 as 0.png, 1.png and so on.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="images">The images' folder in it.</param>
    /// <param name="masks">The masks' folder in it.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">The first one's; others follow.</param>
    public static SplitOptions Draw(TemporaryFolder folder, string images, string masks, int count, int seed = 0)
    {
        for (int i = 0; i < count; i++)
        {
            (RgbaImage image, SegmentationMask mask) = BoxScenes.Draw(seed + i, 40, 32);
            using (image)
            {
                ImageFile.Write(folder.File($"{images}/{i}.png"), image);
                MaskFile.Write(folder.File($"{masks}/{i}.png"), mask);
            }
        }
        return new SplitOptions { Images = images, Masks = masks };
    }
}
