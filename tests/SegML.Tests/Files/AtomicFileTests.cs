using SegML.Files;

namespace SegML.Tests.Files;

[TestClass]
public sealed class AtomicFileTests
{
    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("segml-atomic-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void AFileIsWrittenAndReplaced()
    {
        string path = Path.Combine(_folder, "new", "folder", "a.txt");
        AtomicFile.WriteText(path, "one");
        AtomicFile.WriteText(path, "twö");
        CollectionAssert.AreEqual("twö"u8.ToArray(), File.ReadAllBytes(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [TestMethod]
    public void AFailureLeavesTheFileAsItWas()
    {
        string path = Path.Combine(_folder, "a.txt");
        AtomicFile.WriteText(path, "before");
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("stopped");
        }));
        Assert.AreEqual("before", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void AFullDiskIsOneLine()
    {
        string path = Path.Combine(_folder, "a.txt");
        var e = Assert.ThrowsExactly<OutputException>(() => AtomicFile.Write(path, _ => throw new IOException("No space left on device.")));
        Assert.AreEqual($"{path} cannot be written (No space left on device); free some space or choose a folder you may write to", e.Message);
        Assert.IsEmpty(Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void APathBelowAFileIsRefused()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        string path = Path.Combine(_folder, "file", "a.txt");
        Assert.StartsWith($"{path} cannot be written", Assert.ThrowsExactly<OutputException>(() => AtomicFile.WriteText(path, "")).Message);
    }

    [TestMethod]
    public void AFoldersNameIsRefused()
    {
        string path = Path.Combine(_folder, "taken");
        Directory.CreateDirectory(path);
        Assert.ThrowsExactly<OutputException>(() => AtomicFile.WriteText(path, ""));
        Assert.IsEmpty(Directory.GetFiles(_folder));
    }
}
