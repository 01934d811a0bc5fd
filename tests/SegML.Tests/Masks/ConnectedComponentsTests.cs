using SegML.Masks;

namespace SegML.Tests.Masks;

[TestClass]
public sealed class ConnectedComponentsTests
{
    [TestMethod]
    [DataRow(Connectivity.Four, 1)]
    [DataRow(Connectivity.Eight, 1)]
    [DataRow(Connectivity.Four, 2)]
    [DataRow(Connectivity.Eight, 2)]
    public void RandomMasksSplitAsFloodFillSplitsThem(Connectivity connectivity, int grain)
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            SegmentationMask mask = TestMasks.Noise(random.Next(1, 14), random.Next(1, 14), seed).Resize(random.Next(1, 30) * grain, random.Next(1, 30) * grain);
            int[] expected = FloodFill(mask, connectivity);
            using ConnectedComponents components = ConnectedComponents.Find(mask, connectivity);
            CollectionAssert.AreEqual(expected, Labels(mask, components), $"seed {seed}");
            Assert.AreEqual(expected.Max() + 1, components.Count);
            for (int c = 0; c < components.Count; c++)
            {
                Assert.AreEqual(expected.Count(label => label == c), components.Areas[c]);
                Assert.AreEqual(mask.Ids[Array.IndexOf(expected, c)], components.Values[c]);
            }
        }
    }

    [TestMethod]
    public void RunsAreFoundByTheirPixelsAndFollowedInOrder()
    {
        SegmentationMask mask = TestMasks.Noise(17, 13, seed: 3);
        using ConnectedComponents components = ConnectedComponents.Find(mask, Connectivity.Four);
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                int run = components.RunAt(x, y);
                Assert.IsTrue(components.Start(run) <= x && x < components.End(run, y));
                Assert.AreEqual(y, components.RowOf(run));
            }
        }
        int[] followed = [.. Enumerable.Range(0, components.Count).SelectMany(c => RunsOf(components, c))];
        CollectionAssert.AreEqual(Enumerable.Range(0, components.RunCount).ToArray(), followed.Order().ToArray());
    }

    private static IEnumerable<int> RunsOf(ConnectedComponents components, int component)
    {
        for (int run = components.FirstRuns[component]; run >= 0; run = components.NextRun(run))
        {
            yield return run;
        }
    }

    private static int[] Labels(SegmentationMask mask, ConnectedComponents components) =>
        [.. Enumerable.Range(0, mask.Ids.Length).Select(i => components.ComponentOf(components.RunAt(i % mask.Width, i / mask.Width)))];

    private static int[] FloodFill(SegmentationMask mask, Connectivity connectivity)
    {
        int[] labels = new int[mask.Ids.Length];
        Array.Fill(labels, -1);
        int count = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] >= 0)
            {
                continue;
            }
            var open = new Stack<int>([i]);
            labels[i] = count;
            while (open.TryPop(out int at))
            {
                for (int dy = -1; dy <= 1; dy++)
                {
                    for (int dx = -1; dx <= 1; dx++)
                    {
                        int x = at % mask.Width + dx, y = at / mask.Width + dy, to = y * mask.Width + x;
                        if ((dx == 0 || dy == 0 || connectivity == Connectivity.Eight) && x >= 0 && y >= 0 && x < mask.Width && y < mask.Height
                            && labels[to] < 0 && mask.Ids[to] == mask.Ids[at])
                        {
                            labels[to] = count;
                            open.Push(to);
                        }
                    }
                }
            }
            count++;
        }
        return labels;
    }
}
