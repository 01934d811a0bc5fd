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
        var splits = new Dictionary<string, SplitOptions>
        {
            ["train"] = BoxSceneFiles.Draw(folder, "train/images", "train/masks", count: 6),
            ["val"] = BoxSceneFiles.Draw(folder, "val/images", "val/masks", count: 4, seed: 50),
        };
        Pipeline pipeline = BoxScenes.Pipeline with
        {
            Data = new DataOptions { Root = folder.Path, Splits = splits },
            Training = change(BoxScenes.Pipeline.Training),
        };
        string path = folder.File("p.json");
        File.WriteAllText(path, PipelineFile.ToJson(pipeline));
        return path;
    }
}
