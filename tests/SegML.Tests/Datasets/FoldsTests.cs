using SegML.Datasets;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.Training;

namespace SegML.Tests.Datasets;

/// <summary>Folds: each image is held once.</summary>
[TestClass]
public sealed class FoldsTests
{
    [TestMethod]
    public void EachImageIsHeldOnceAndTrainedOnOtherwise()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = Draw(folder, 11);
        string[] all = [.. Dataset.List(pipeline, "train").Select(i => i.ImagePath)];
        var held = new List<string>();
        for (int fold = 1; fold <= 4; fold++)
        {
            Pipeline own = In(pipeline, 4, fold);
            string[] val = [.. Dataset.List(own, "val").Select(i => i.ImagePath)], train = [.. Dataset.ListTraining(own).Select(i => i.ImagePath)];
            Assert.IsTrue(val.Length is 2 or 3, $"{val.Length} of 11");
            CollectionAssert.AreEquivalent(all, val.Concat(train).ToArray());
            CollectionAssert.AreEqual(train, Dataset.List(own, "train").Select(i => i.ImagePath).ToArray());
            Assert.IsTrue(own.HasValidation());
            held.AddRange(val);
        }
        CollectionAssert.AreEquivalent(all, held);
    }

    [TestMethod]
    public void GroupsStayTogether()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = Draw(folder, 12);
        // Names differ in their last digit; a group has the same tens.
        for (int fold = 1; fold <= 2; fold++)
        {
            Pipeline own = In(pipeline, 2, fold);
            own = own with { Data = own.Data with { Folds = own.Data.Folds! with { GroupBy = "^(.*)\\d$" } } };
            var val = Dataset.List(own, "val").Select(Group).ToHashSet();
            Assert.IsGreaterThan(0, val.Count);
            Assert.IsFalse(Dataset.ListTraining(own).Select(Group).Any(val.Contains));
        }

        static string Group(DatasetItem item) => Path.GetFileNameWithoutExtension(item.ImagePath)[..^1];
    }

    [TestMethod]
    public void TooFewImagesAndBadNumbersAreSaid()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = Draw(folder, 3);
        Assert.Contains("3 images to train on, too few for 4 folds", Assert.ThrowsExactly<DatasetException>(() => Dataset.ListTraining(In(pipeline, 4, 1))).Message);
        Assert.Contains("data.folds.held", Assert.ThrowsExactly<PipelineFormatException>(() => In(pipeline, 3, 4).Validate()).Message);
    }

    private static Pipeline Draw(TemporaryFolder folder, int count)
    {
        SplitOptions split = BoxSceneFiles.Draw(folder, "images", "masks", count);
        return BoxScenes.Pipeline with { Data = new DataOptions { Root = folder.Path, Splits = new Dictionary<string, SplitOptions> { ["train"] = split } } };
    }

    private static Pipeline In(Pipeline pipeline, int count, int held) =>
        pipeline with { Data = pipeline.Data with { Folds = new FoldOptions { Count = count, Held = held } } };
}
