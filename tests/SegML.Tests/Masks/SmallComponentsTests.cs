using SegML.Masks;
using SegML.Tests.Scoring;

namespace SegML.Tests.Masks;

[TestClass]
public sealed class SmallComponentsTests
{
    [TestMethod]
    public void AnIslandTakesTheClassMostFrequentAlongItsBorder()
    {
        // 1 borders on 2 over four sides and on 0 over two.
        AssertBecomes(3, """
            0000000
            2211222
            2222222
            """, """
            0000000
            2222222
            2222222
            """);
        // On each over two: the lowest id.
        AssertBecomes(3, """
            00000
            22110
            22222
            """, """
            00000
            22000
            22222
            """);
    }

    [TestMethod]
    public void LargeEnoughComponentsStay() => AssertBecomes(2, """
        00000
        01100
        00000
        """, """
        00000
        01100
        00000
        """);

    [TestMethod]
    public void AnIslandWithinAnIslandWaitsForItsNeighbour() => AssertBecomes(10, """
        0000000
        0111110
        0122210
        0111110
        0000000
        """, """
        0000000
        0111110
        0111110
        0111110
        0000000
        """);

    [TestMethod]
    public void IslandsAmongIslandsAllFindAClass() => AssertBecomes(3, """
        0000121212
        0000212121
        """, """
        0000000000
        0000000000
        """);

    [TestMethod]
    public void AMaskOfIslandsAloneStays() => AssertBecomes(3, "0120", "0120");

    [TestMethod]
    public void IgnoredPixelsNeitherChangeNorCount()
    {
        byte ignore = TinyModel.Classes.IgnoreIndex;
        var mask = new SegmentationMask(4, 1, [ignore, 1, ignore, ignore], TinyModel.Classes);
        SmallComponents.Absorb(mask, 5, Connectivity.Four);
        CollectionAssert.AreEqual(new byte[] { ignore, 1, ignore, ignore }, mask.Ids.ToArray());
    }

    [TestMethod]
    public void NothingSmallIsLeftWhereSomethingIsLarge()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            SegmentationMask mask = TestMasks.Noise(40, 30, seed);
            mask.Ids.Replace(mask.Classes.IgnoreIndex, (byte)1);
            for (int y = 0; y < 30; y++)
            {
                mask.Ids.Slice(y * 40, 10).Clear();
            }
            SmallComponents.Absorb(mask, 12, Connectivity.Four);
            using ConnectedComponents left = ConnectedComponents.Find(mask, Connectivity.Four);
            for (int c = 0; c < left.Count; c++)
            {
                Assert.IsGreaterThanOrEqualTo(12, left.Areas[c], $"seed {seed}");
            }
        }
    }

    private static void AssertBecomes(int minArea, string before, string after)
    {
        SegmentationMask mask = Parse(before);
        SmallComponents.Absorb(mask, minArea, Connectivity.Four);
        CollectionAssert.AreEqual(Parse(after).Ids.ToArray(), mask.Ids.ToArray());
    }

    private static SegmentationMask Parse(string art)
    {
        string[] rows = art.Split('\n', StringSplitOptions.TrimEntries);
        return new SegmentationMask(rows[0].Length, rows.Length, [.. rows.SelectMany(r => r).Select(c => (byte)(c - '0'))], TinyModel.Classes);
    }
}
