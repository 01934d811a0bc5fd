using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class TensorFileTests
{
    [TestMethod]
    public void GivesBackWhatWasWritten()
    {
        using var folder = new TemporaryFolder();
        using Tensor a = randn(3, 1, 5), b = tensor(12345678901L), c = zeros([0, 2], ScalarType.Byte), d = tensor(double.NaN);
        using Tensor turned = a.permute(2, 0, 1);
        TensorFile.Write(folder.File("t.dat"), new Dictionary<string, Tensor> { ["a"] = a, ["b.c"] = b, ["c"] = c, ["d"] = d, ["turned"] = turned, ["empty"] = c });
        Dictionary<string, Tensor> read = TensorFile.Read(folder.File("t.dat"));
        Assert.HasCount(6, read);
        TensorAssert.AreSame(a, read["a"]);
        TensorAssert.AreSame(turned, read["turned"]);
        Assert.AreEqual(12345678901L, read["b.c"].item<long>());
        CollectionAssert.AreEqual(new long[] { 0, 2 }, read["c"].shape);
        Assert.IsTrue(double.IsNaN(read["d"].item<double>()));
    }

    [TestMethod]
    public void IsTorchSharpsForm()
    {
        using var folder = new TemporaryFolder();
        using Sequential first = Net(), second = Net(), third = Net();
        TensorFile.Write(folder.File("ours.dat"), first.state_dict());
        second.load(folder.File("ours.dat"));
        TensorAssert.AreSame(first, second);
        first.save(folder.File("theirs.dat"));
        TensorFile.CopyInto(TensorFile.Read(folder.File("theirs.dat")), "", third.state_dict(), "theirs.dat");
        TensorAssert.AreSame(first, third);

        static Sequential Net() => nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4));
    }

    [TestMethod]
    public void EveryTruncationIsRefusedButThatOfTheChecksumAsAWhole()
    {
        using var folder = new TemporaryFolder();
        using Tensor a = arange(6, ScalarType.Float32);
        TensorFile.Write(folder.File("t.dat"), new Dictionary<string, Tensor> { ["a"] = a, ["b"] = a });
        byte[] whole = File.ReadAllBytes(folder.File("t.dat"));
        int read = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            string cut = folder.File("cut.dat", whole.AsSpan(0, length));
            try
            {
                foreach (Tensor tensor in TensorFile.Read(cut).Values)
                {
                    tensor.Dispose();
                }
                read++;
            }
            catch (ModelFormatException fault)
            {
                Assert.StartsWith(cut, fault.Message);
            }
        }
        // All tensors and nothing after them: a file as other programs and earlier versions write it.
        Assert.AreEqual(1, read);
    }

    [TestMethod]
    [DataRow(1L << 40, 1L << 40)]
    [DataRow(1L << 62, 4)]
    [DataRow(-1, 1)]
    [DataRow(0, -5)]
    [DataRow(3, 1)]
    public void ShapesThatTheFileCannotHoldTakeNoMemory(long rows, long columns)
    {
        using var folder = new TemporaryFolder();
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write7BitEncodedInt64(1);
        writer.Write("a");
        writer.Write7BitEncodedInt64((long)ScalarType.Float32);
        writer.Write7BitEncodedInt64(2);
        writer.Write7BitEncodedInt64(rows);
        writer.Write7BitEncodedInt64(columns);
        writer.Write(1L);
        string path = folder.File("bomb.dat", stream.ToArray());
        Assert.ThrowsExactly<ModelFormatException>(() => TensorFile.Read(path));
    }

    [TestMethod]
    public void AnotherNetworksTensorsAreRefused()
    {
        using Linear small = nn.Linear(2, 2), large = nn.Linear(3, 2);
        var fault = Assert.ThrowsExactly<ModelFormatException>(() => TensorFile.CopyInto(small.state_dict(), "", large.state_dict(), "x.dat"));
        Assert.Contains("weight", fault.Message);
    }

    [TestMethod]
    public void AWriteThatFailsLeavesTheEarlierFile()
    {
        using var folder = new TemporaryFolder();
        using Tensor good = ones(3);
        Tensor gone = ones(3);
        gone.Dispose();
        TensorFile.Write(folder.File("t.dat"), new Dictionary<string, Tensor> { ["a"] = good });
        byte[] before = File.ReadAllBytes(folder.File("t.dat"));
        Assert.Throws<Exception>(() => TensorFile.Write(folder.File("t.dat"), new Dictionary<string, Tensor> { ["a"] = good, ["b"] = gone }));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder.File("t.dat")));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }
}
