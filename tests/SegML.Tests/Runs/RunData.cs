using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.Training;

namespace SegML.Tests.Runs;

/// <summary>Drawn scenes on disk, and a pipeline that trains on them in a second.</summary>
internal static class RunData
{
    /// <summary>Writes images, masks and pipeline.</summary>
    /// <returns>The pipeline's path.</returns>
    public static string Write(TemporaryFolder folder, Func<TrainingOptions, TrainingOptions> change)
    {
        var splits = new Dictionary<string, SplitOptions>();
        foreach ((string split, int count, int seed) in ((string, int, int)[])[("train", 6, 0), ("val", 4, 50)])
        {
            for (int i = 0; i < count; i++)
            {
                (RgbaImage image, SegmentationMask mask) = Scenes.Draw(seed + i, 40, 32);
                using (image)
                {
                    ImageFile.Write(folder.File($"{split}/images/{i}.png"), image);
                    MaskFile.Write(folder.File($"{split}/masks/{i}.png"), mask);
                }
            }
            splits[split] = new SplitOptions { Images = $"{split}/images", Masks = $"{split}/masks" };
        }
        Pipeline pipeline = Scenes.Pipeline with
        {
            Data = new DataOptions { Root = folder.Path, Splits = splits },
            Training = change(Scenes.Pipeline.Training),
        };
        string path = folder.File("p.json");
        File.WriteAllText(path, PipelineFile.ToJson(pipeline));
        return path;
    }
}
