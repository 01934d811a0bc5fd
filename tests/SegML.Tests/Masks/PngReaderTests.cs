using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;

namespace SegML.Tests.Masks;

[TestClass]
public class PngReaderTests
{
    private static readonly (int, int)[] _sizes = [(1, 1), (3, 2), (2, 5), (5, 1), (8, 8), (13, 9), (35, 21)];

    [TestMethod]
    [DataRow(0, 1)]
    [DataRow(0, 2)]
    [DataRow(0, 4)]
    [DataRow(0, 8)]
    [DataRow(0, 16)]
    [DataRow(2, 8)]
    [DataRow(3, 1)]
    [DataRow(3, 2)]
    [DataRow(3, 4)]
    [DataRow(3, 8)]
    [DataRow(4, 8)]
    [DataRow(6, 8)]
    public void EveryKindIsReadExactly(int kind, int depth)
    {
        using var folder = new TemporaryFolder();
        foreach ((int width, int height) in _sizes)
        {
            for (int variant = 0; variant < 12; variant++)
            {
                int[] noise = Noise(width * height * 4, 1 << depth, seed: variant);
                var png = new TestPng
                {
                    Width = width,
                    Height = height,
                    Depth = depth,
                    Kind = kind,
                    Interlaced = variant >= 6,
                    Filter = variant % 6 - 1,
                    ChunkSize = variant % 2 == 0 ? 7 : int.MaxValue,
                    Sample = (x, y, c) => noise[(y * width + x) * 4 + c],
                };
                RawMask mask = MaskFile.ReadRaw(folder.File("mask.png", png.Encode()));
                Assert.AreEqual((width, height, kind is 2 or 6), (mask.Width, mask.Height, mask.IsColor));
                for (int i = 0; i < width * height; i++)
                {
                    int expected = mask.IsColor ? noise[i * 4] << 16 | noise[i * 4 + 1] << 8 | noise[i * 4 + 2] : noise[i * 4];
                    Assert.AreEqual(expected, mask[i % width, i / width], $"{png} at {i}");
                }
            }
        }
    }

    [TestMethod]
    public void AChangedByteIsRefusedWhereverItIs()
    {
        byte[] file = Sample().Encode();
        using var folder = new TemporaryFolder();
        for (int i = 0; i < file.Length; i++)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 0x21;
            string path = folder.File("mask.png", damaged);
            var e = Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path), $"byte {i}");
            StringAssert.StartsWith(e.Message, path);
        }
    }

    [TestMethod]
    public void ATruncatedFileIsRefusedWhereverItIsCut()
    {
        byte[] file = Sample().Encode();
        using var folder = new TemporaryFolder();
        for (int length = 0; length < file.Length; length++)
        {
            string path = folder.File("mask.png", file.AsSpan(0, length));
            var e = Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path), $"{length}");
            StringAssert.Contains(e.Message, length == 0 ? "is empty" : "is truncated");
        }
    }

    [TestMethod]
    public void MoreOrLessDataThanTheHeaderSaysIsRefused()
    {
        using var folder = new TemporaryFolder();
        byte[] header = [0, 0, 0, 10, 0, 0, 0, 10, 8, 0, 0, 0, 0];
        foreach ((int length, string fault) in new[] { (109, "missing"), (111, "too many"), (100_000_000, "too many") })
        {
            string path = folder.File("mask.png", TestPng.Assemble(
                [("IHDR", header), ("IDAT", TestPng.Compress(new byte[length])), ("IEND", [])]));
            StringAssert.Contains(Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path)).Message, fault);
        }
        string none = folder.File("mask.png", TestPng.Assemble([("IHDR", header), ("IEND", [])]));
        StringAssert.Contains(Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(none)).Message, "there are none");
    }

    [TestMethod]
    [DataRow(50_000, "above the limit")]
    [DataRow(14_000, "is truncated")]
    [DataRow(-1, "is damaged")]
    [DataRow(0, "is damaged")]
    public void AHeaderThatClaimsMuchAllocatesLittle(int side, string fault)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("mask.png", TestPng.Claiming(side, side));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path));
        Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        StringAssert.Contains(e.Message, fault);
    }

    [TestMethod]
    public void WhatHoldsNoMaskIsRefusedWithTheFix()
    {
        using var folder = new TemporaryFolder();
        Refused(folder.File("a.png", new TestPng { Kind = 2, Depth = 16 }.Encode()), "16 bits and colour type 2");
        Refused(folder.File("b.png", new TestPng { Kind = 5 }.Encode()), "colour type 5");
        Refused(folder.File("c.png", new TestPng { Kind = 0, Depth = 3 }.Encode()), "3 bits");
        Refused(folder.File("d.jpg", [0xFF, 0xD8, 0xFF, 0xE0]), "is a JPEG, which mixes class values along every edge");
        Refused(folder.File("e.png", []), "is empty");
        Refused(folder.File("f.png"), "does not exist");
        Refused(folder.Path, "is a folder");
    }

    [TestMethod]
    public void AFileWithoutReadPermissionIsNamed()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
        {
            Assert.Inconclusive("skipped: this account may read everything");
        }
        else
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("mask.png", Sample().Encode());
            File.SetUnixFileMode(path, UnixFileMode.None);
            Refused(path, "may not be read");
        }
    }

    private static void Refused(string path, string fault)
    {
        var e = Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path));
        StringAssert.StartsWith(e.Message, path + " ");
        StringAssert.Contains(e.Message, fault);
        Assert.DoesNotContain("\n", e.Message);
        Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadSize(path));
    }

    private static TestPng Sample() => new() { Width = 9, Height = 6, Kind = 3, Depth = 4, Filter = -1, ChunkSize = 20, Sample = (x, y, _) => (x * y) % 16 };

    private static int[] Noise(int count, int below, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(below))];
    }
}
