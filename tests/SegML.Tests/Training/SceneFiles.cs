using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Training;

/// <summary>Drawn scenes as files: train/ and val/, and a split "test" whose files are missing, so that reading it is an error.</summary>
internal static class SceneFiles
{
    /// <summary>Writes images, masks and p.json.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="change">Changes the pipeline that is written.</param>
    /// <returns>The pipeline file.</returns>
    public static string Write(TemporaryFolder folder, Func<Pipeline, Pipeline>? change = null)
    {
        Draw(folder, "train", count: 6, seed: 1);
        Draw(folder, "val", count: 3, seed: 2);
        var data = new DataOptions
        {
            Root = folder.Path,
            Splits = ((string[])["train", "val", "test"]).ToDictionary(s => s, s => new SplitOptions { Images = $"{s}/images", Masks = $"{s}/masks" }),
        };
        string path = folder.File("p.json");
        Pipeline pipeline = Scenes.Pipeline with { Data = data };
        File.WriteAllText(path, PipelineFile.ToJson(change is null ? pipeline : change(pipeline)));
        return path;
    }

    private static void Draw(TemporaryFolder folder, string split, int count, int seed)
    {
        for (int i = 0; i < count; i++)
        {
            (RgbaImage image, SegmentationMask mask) = Scenes.Draw(1000 * seed + i, 40, 32);
            using (image)
            {
                ImageFile.Write(folder.File($"{split}/images/{i}.png"), image);
                MaskFile.Write(folder.File($"{split}/masks/{i}.png"), mask);
            }
        }
    }
}
