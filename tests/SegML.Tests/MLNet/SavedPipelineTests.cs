using System.Security.Cryptography;
using Microsoft.ML;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.MLNet;

/// <summary>Saved pipelines in a process that references SegML only and registers nothing.</summary>
[TestClass]
public sealed class SavedPipelineTests
{
    [TestMethod]
    public void Another_process_loads_masks_as_this_one_does()
    {
        using var folder = new TemporaryFolder();
        SegmentationMask mask = TestMasks.Noise(31, 17, seed: 3);
        MaskFile.Write(folder.File("m.png"), mask);
        var ml = new MLContext();
        IDataView data = ml.Data.LoadSegmentationPairs([new("i.png", folder.File("m.png"))]);
        ml.Model.Save(ml.Transforms.LoadMasks("Mask", "MaskPath", TestMasks.Classes).Fit(data), data.Schema, folder.File("masks.zip"));

        string[] lines = ScoringApp.Run(folder.File("masks.zip"), "i.png", folder.File("m.png"));

        Assert.AreEqual($"Mask 31x17 {Convert.ToHexString(SHA256.HashData(mask.Ids))}", lines.Single());
    }

    [TestMethod]
    public void A_pipeline_from_a_newer_or_damaged_build_is_one_clear_line()
    {
        var newer = Assert.ThrowsExactly<ModelFormatException>(() => SavedTransformer.CheckFormat(SavedTransformer.CurrentFormat + 1));
        StringAssert.Contains(newer.Message, "use a newer SegML");
        var unknown = Assert.ThrowsExactly<ModelFormatException>(() => new SavedTransformer("Later", "{}").ToTransformer(new MLContext()));
        StringAssert.Contains(unknown.Message, "Later");
        var damaged = Assert.ThrowsExactly<ModelFormatException>(() =>
            new SavedTransformer(LoadMasksTransformer.Kind, "{\"output\":").ToTransformer(new MLContext()));
        StringAssert.Contains(damaged.Message, "damaged settings");
    }
}
