using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
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
    public void AnotherProcessLoadsMasksAsThisOneDoes()
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
    public void APipelineFromANewerOrDamagedBuildIsOneClearLine()
    {
        var newer = Assert.ThrowsExactly<ModelFormatException>(() => SavedTransformer.CheckFormat(SavedTransformer.CurrentFormat + 1));
        StringAssert.Contains(newer.Message, "use a newer SegML");
        var unknown = Assert.ThrowsExactly<ModelFormatException>(() => new SavedTransformer("Later", "{}").ToTransformer(new MLContext()));
        StringAssert.Contains(unknown.Message, "Later");
        var damaged = Assert.ThrowsExactly<ModelFormatException>(() =>
            new SavedTransformer(LoadMasksTransformer.Kind, "{\"output\":").ToTransformer(new MLContext()));
        StringAssert.Contains(damaged.Message, "damaged settings");
    }

    [TestMethod]
    public void AFileOfANewerBuildIsRefusedWhenItIsLoaded()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext();
        IDataView data = ml.Data.LoadSegmentationPairs([new("i.png", "m.png")]);
        string path = folder.File("masks.zip");
        ml.Model.Save(ml.Transforms.LoadMasks("Mask", "MaskPath", TestMasks.Classes).Fit(data), data.Schema, path);
        Assert.AreEqual(1, Patch(path, SavedTransformer.CurrentFormat + 1));

        Exception e = Assert.Throws<Exception>(() => ml.Model.Load(path, out _));

        Assert.IsInstanceOfType<ModelFormatException>(e.GetBaseException());
        StringAssert.Contains(e.GetBaseException().Message, "use a newer SegML");
    }

    // Each of SegML's transformers is saved as its form (32 bits), then its kind as text with its length before it.
    private static int Patch(string zipFile, int form)
    {
        byte[] kind = [(byte)LoadMasksTransformer.Kind.Length, .. Encoding.UTF8.GetBytes(LoadMasksTransformer.Kind)];
        using ZipArchive zip = ZipFile.Open(zipFile, ZipArchiveMode.Update);
        int patched = 0;
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using Stream stream = entry.Open();
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            int at = content.AsSpan().IndexOf(kind);
            if (at >= 4)
            {
                BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(at - 4), form);
                stream.Position = 0;
                stream.Write(content);
                patched++;
            }
        }
        return patched;
    }
}
