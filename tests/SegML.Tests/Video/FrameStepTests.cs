using CsCheck;
using SegML.Video;

namespace SegML.Tests.Video;

[TestClass]
public sealed class FrameStepTests
{
    [TestMethod]
    public void IndicesAreThoseOfTheRule()
    {
        Gen.Select(Gen.Long[1, 100_000], Gen.Long[0, 1_000_000]).Sample((taken, more) =>
        {
            var step = new FrameStep(taken, taken + more);
            long[] byRule = [.. Range(500).Where(n => Floor(n, step) > Floor(n - 1, step))];
            CollectionAssert.AreEqual(byRule, Range(byRule.Length).Select(step.SourceIndex).ToArray());
            Assert.AreEqual(byRule.Length, step.CountOf(500));
        }, iter: 200, seed: "0000000000001");

        static IEnumerable<long> Range(int count) => Enumerable.Range(0, count).Select(n => (long)n);
        static long Floor(long n, FrameStep step) => (long)Math.Floor((decimal)n * step.Taken / step.Of);
    }

    [TestMethod]
    [DataRow(10.0, 30000, 1001, new long[] { 0, 3, 6, 9 }, DisplayName = "A third of NTSC's rate, nearly")]
    [DataRow(24.0, 30, 1, new long[] { 0, 2, 3, 4 }, DisplayName = "Four of five")]
    [DataRow(60.0, 30, 1, new long[] { 0, 1, 2, 3 }, DisplayName = "More than there are")]
    [DataRow(0.5, 25, 1, new long[] { 0, 50, 100, 150 }, DisplayName = "One in two seconds")]
    public void FramesASecond(double wanted, int numerator, int denominator, long[] indices)
    {
        FrameStep step = FrameStep.PerSecond(wanted, new FrameRate(numerator, denominator));
        CollectionAssert.AreEqual(indices, new long[] { 0, 1, 2, 3 }.Select(step.SourceIndex).ToArray());
    }

    [TestMethod]
    public void EveryFrameIsAllOfThem()
    {
        Assert.IsTrue(FrameStep.Every(1).TakesAll);
        Assert.IsTrue(FrameStep.PerSecond(30, new FrameRate(30000, 1001)).TakesAll);
        Assert.IsFalse(FrameStep.Every(2).TakesAll);
        Assert.AreEqual(0, FrameStep.Every(2).CountOf(0));
    }

    [TestMethod]
    [DataRow("30000/1001", 30000, 1001)]
    [DataRow("90000/1", 65535, 1)]
    [DataRow("359550/12007", 29945, 1000)]
    public void RatesThatEncodersTake(string text, int numerator, int denominator) =>
        Assert.AreEqual(new FrameRate(numerator, denominator), FrameRate.Parse(text)!.Value.ForEncoders());

    [TestMethod]
    [DataRow("0/0")]
    [DataRow("-1/1")]
    [DataRow("25")]
    [DataRow(null)]
    public void RatesThatAreNone(string? text) => Assert.IsNull(FrameRate.Parse(text));
}
