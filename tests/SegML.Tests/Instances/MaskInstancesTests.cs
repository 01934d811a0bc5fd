using SegML.Instances;
using SegML.Masks;
using SegML.Tests.Masks;

namespace SegML.Tests.Instances;

[TestClass]
public sealed class MaskInstancesTests
{
    [TestMethod]
    public void InstancesAreMeasured()
    {
        SegmentationMask mask = Parse("""
            0220000
            0022000
            0000000
            3000002
            """);
        IReadOnlyList<SegmentationInstance> found = mask.Instances(new InstanceOptions { Classes = ["car", "tree"] });
        Assert.HasCount(3, found);
        Assert.AreEqual((2, "car", 4, new PixelBounds(1, 0, 3, 2)), (found[0].ClassId, found[0].ClassName, found[0].Area, found[0].Bounds));
        Assert.AreEqual((2, 0.5), (found[0].CentroidX, found[0].CentroidY));
        Assert.AreEqual((3, "tree", 1, new PixelBounds(0, 3, 1, 1)), (found[1].ClassId, found[1].ClassName, found[1].Area, found[1].Bounds));
        Assert.AreEqual((6, 3), (found[2].CentroidX, found[2].CentroidY));
        using SegmentationMask own = found[0].ToMask();
        byte i = TestMasks.Classes.IgnoreIndex;
        CollectionAssert.AreEqual(new byte[] { 2, 2, i, i, 2, 2 }, own.Ids.ToArray());
    }

    [TestMethod]
    public void SmallOnesAndCornersAreMattersOfOptions()
    {
        SegmentationMask mask = Parse("""
            200
            020
            000
            """);
        Assert.HasCount(1, mask.Instances(new InstanceOptions { Classes = ["car"] }));
        Assert.HasCount(2, mask.Instances(new InstanceOptions { Classes = ["car"], Connectivity = Connectivity.Four }));
        Assert.IsEmpty(mask.Instances(new InstanceOptions { Classes = ["car"], MinArea = 3 }));
    }

    [TestMethod]
    public void AllInstancesTogetherAreTheMaskWithoutWhatIsIgnored()
    {
        SegmentationMask mask = TestMasks.Noise(37, 29, seed: 5), rebuilt = new(37, 29, TestMasks.Classes);
        rebuilt.Ids.Fill(mask.Classes.IgnoreIndex);
        foreach (SegmentationInstance instance in mask.Instances())
        {
            using SegmentationMask own = instance.ToMask();
            for (int y = 0; y < own.Height; y++)
            {
                for (int x = 0; x < own.Width; x++)
                {
                    if (own[x, y] != mask.Classes.IgnoreIndex)
                    {
                        rebuilt.Ids[(instance.Bounds.Y + y) * 37 + instance.Bounds.X + x] = own[x, y];
                    }
                }
            }
        }
        CollectionAssert.AreEqual(mask.Ids.ToArray(), rebuilt.Ids.ToArray());
    }

    [TestMethod]
    public void AClassThatThereIsNotIsRefused()
    {
        var e = Assert.ThrowsExactly<ArgumentException>(() => TestMasks.Noise(3, 3, 1).Instances(new InstanceOptions { Classes = ["bus"] }));
        Assert.Contains("sky, road, car, tree", e.Message);
    }

    private static SegmentationMask Parse(string art)
    {
        string[] rows = art.Split('\n', StringSplitOptions.TrimEntries);
        return new SegmentationMask(rows[0].Length, rows.Length, [.. rows.SelectMany(r => r).Select(c => (byte)(c - '0'))], TestMasks.Classes);
    }
}
