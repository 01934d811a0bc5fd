using SegML.Cli.Prediction;

namespace SegML.Tests.Video;

[TestClass]
public sealed class LookAheadTests
{
    [TestMethod]
    public void ItemsKeepTheirOrderAndAreBounded()
    {
        int made = 0, taken = 0, most = 0;
        foreach (int item in Make().Ahead(3, CancellationToken.None))
        {
            Assert.AreEqual(taken++, item);
        }
        Assert.AreEqual(100, taken);
        Assert.IsLessThanOrEqualTo(3 + 2, most);

        IEnumerable<int> Make()
        {
            for (; made < 100; made++)
            {
                most = Math.Max(most, made - Volatile.Read(ref taken));
                yield return made;
            }
        }
    }

    [TestMethod]
    public void AFaultComesAfterTheItemsBeforeIt()
    {
        var taken = new List<int>();
        Assert.ThrowsExactly<InvalidDataException>(() =>
        {
            foreach (int n in Enumerable.Range(0, 5).Select(n => n < 4 ? n : throw new InvalidDataException()).Ahead(2, CancellationToken.None))
            {
                taken.Add(n);
            }
        });
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, taken);
    }

    [TestMethod]
    public void WhoeverTakesNoMoreEndsTheMaking()
    {
        bool ended = false;
        Assert.AreEqual(0, Endless().Ahead(2, CancellationToken.None).First());
        Assert.IsTrue(ended);

        IEnumerable<int> Endless()
        {
            try
            {
                for (int n = 0; ; n++)
                {
                    yield return n;
                }
            }
            finally
            {
                ended = true;
            }
        }
    }
}
