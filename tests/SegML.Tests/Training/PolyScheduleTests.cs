using SegML.Training.Optimization;

namespace SegML.Tests.Training;

[TestClass]
public sealed class PolyScheduleTests
{
    [TestMethod]
    [DataRow(0, 0.02)]
    [DataRow(4, 0.1)]
    [DataRow(9, 0.2)]
    [DataRow(10, 0.2)]
    [DataRow(60, 0.2 * 0.53588673126814)]
    [DataRow(109, 0.2 * 0.01584893192461)]
    public void RisesLinearlyAndFallsPolynomially(int iteration, double expected) =>
        Assert.AreEqual(expected, new PolySchedule(0.2, 10, 110, 0.9).At(iteration), 1e-12);

    [TestMethod]
    public void AWarmUpLongerThanTheRunTakesHalfOfIt()
    {
        var schedule = new PolySchedule(1, 1000, 10, 1);
        Assert.AreEqual(1, schedule.At(4), 1e-12);
        Assert.AreEqual(0.2, schedule.At(9), 1e-12);
    }

    [TestMethod]
    public void OneIterationHasARate() => Assert.AreEqual(1, new PolySchedule(1, 100, 1, 0.9).At(0), 1e-12);
}
