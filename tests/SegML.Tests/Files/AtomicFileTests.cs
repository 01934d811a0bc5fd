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
    [DataRow("a")]
    [DataRow("ü")]
    [DataRow("𝒳")]
    public void NamesMayBeAsLongAsFileSystemsAllow(string letter)
    {
        string name = string.Concat(Enumerable.Repeat(letter, 255 / System.Text.Encoding.UTF8.GetByteCount(letter))), path = Path.Combine(_folder, name);
        AtomicFile.WriteText(path, "one");
        Assert.AreEqual("one", File.ReadAllText(path));
    }

    [TestMethod]
    public void WhatAKilledProcessLeftIsDeletedAndWhatARunningOneWritesIsNot()
    {
        string running = "";
        AtomicFile.WritePath(Path.Combine(_folder, "elsewhere", "a.txt"), temporary =>
        {
            running = Path.Combine(_folder, Path.GetFileName(temporary));
            File.WriteAllText(temporary, "whole");
        });
        string killed = running.Replace($"-{Environment.ProcessId}.tmp", $"-{int.MaxValue}.tmp", StringComparison.Ordinal);
        string[] kept = [running, Path.Combine(_folder, "notes.tmp"), Path.Combine(_folder, $"a.{Guid.NewGuid():N}-01234567-{int.MaxValue}.tmp")];
        Array.ForEach([.. kept, killed], path => File.WriteAllText(path, "half"));
        AtomicFile.WriteText(Path.Combine(_folder, "b.txt"), "whole");
        Assert.IsFalse(File.Exists(killed));
        Assert.IsTrue(kept.All(File.Exists));
    }

    [TestMethod]
    public void ANameWithANulIsRefused() =>
        Assert.ThrowsExactly<OutputException>(() => AtomicFile.WriteText(Path.Combine(_folder, "a\0b"), "one"));

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
