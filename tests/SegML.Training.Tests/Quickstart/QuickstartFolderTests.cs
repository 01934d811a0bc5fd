using SegML.Cli.Quickstart;
using SegML.Tests.Images;

namespace SegML.Tests.Quickstart;

[TestClass]
public sealed class QuickstartFolderTests
{
    [TestMethod]
    public void AFolderOfSomethingElseIsLeftAlone()
    {
        using var folder = new TemporaryFolder();
        folder.File("thesis.txt", "years"u8);
        OutputException error = Assert.ThrowsExactly<OutputException>(() => QuickstartFolder.Create(folder.Path));
        Assert.Contains("is not empty", error.Message);
        CollectionAssert.AreEqual(new[] { folder.File("thesis.txt") }, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void AnEarlierQuickstartIsReplacedAndWhatItDidNotWriteStays()
    {
        using var folder = new TemporaryFolder();
        QuickstartFolder first = QuickstartFolder.Create(folder.Path);
        Directory.CreateDirectory(first.Split("train", "images"));
        File.WriteAllText(Path.Combine(first.Split("train", "images"), "scene9999.jpg"), "old");
        File.WriteAllText(first.Report, "old");
        folder.File("notes.txt", "mine"u8);
        QuickstartFolder second = QuickstartFolder.Create(folder.Path);
        Assert.IsFalse(Directory.Exists(second.Data));
        Assert.IsFalse(File.Exists(second.Report));
        Assert.IsTrue(File.Exists(folder.File("notes.txt")));
    }

    [TestMethod]
    public void AFileInItsPlaceIsNamed()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("out", "x"u8);
        OutputException error = Assert.ThrowsExactly<OutputException>(() => QuickstartFolder.Create(file));
        Assert.StartsWith($"{file} is a file", error.Message);
    }
}
