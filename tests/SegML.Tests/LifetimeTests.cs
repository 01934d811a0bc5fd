namespace SegML.Tests;

[TestClass]
public sealed class LifetimeTests
{
    [TestMethod]
    public void FreesOnceWhenTheLastUseIsOver()
    {
        int freed = 0;
        var lifetime = new Lifetime("thing", () => freed++);
        Lifetime.Use first = lifetime.Enter(), second = lifetime.Enter();
        lifetime.End();
        lifetime.End();
        Assert.ThrowsExactly<ObjectDisposedException>(() => lifetime.Enter());
        first.Dispose();
        Assert.AreEqual(0, freed);
        second.Dispose();
        Assert.AreEqual(1, freed);
        lifetime.End();
        Assert.AreEqual(1, freed);
    }

    [TestMethod]
    public void FreesAtOnceWithoutUses()
    {
        int freed = 0;
        var lifetime = new Lifetime("thing", () => freed++);
        using (lifetime.Enter())
        {
        }
        lifetime.End();
        Assert.AreEqual(1, freed);
    }

    [TestMethod]
    public void NobodyUsesWhatIsFreed()
    {
        for (int round = 0; round < 2000; round++)
        {
            int freed = 0, wrong = 0;
            var lifetime = new Lifetime("thing", () => Interlocked.Increment(ref freed));
            Parallel.For(0, 8, i =>
            {
                if (i == round % 8)
                {
                    lifetime.End();
                    return;
                }
                try
                {
                    using Lifetime.Use use = lifetime.Enter();
                    Interlocked.Add(ref wrong, Volatile.Read(ref freed));
                }
                catch (ObjectDisposedException)
                {
                    // It came too late.
                }
            });
            Assert.AreEqual((1, 0), (freed, wrong));
        }
    }
}
