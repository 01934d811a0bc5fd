using SegML.Evaluation;

namespace SegML.Tests.Evaluation;

[TestClass]
public sealed class CalibrationTests
{
    [TestMethod]
    public void ItsErrorIsTheWeightedDistanceOfItsBins()
    {
        var calibration = new Calibration();
        // Planes of two classes, four pixels. 0.9 right and wrong, 0.6 right; the last counts for nothing.
        calibration.Add([0, 0, 1, 255], [0.9f, 0.1f, 0.4f, 1, 0.1f, 0.9f, 0.6f, 0]);

        Assert.AreEqual(3L, calibration.Pixels);
        Assert.AreEqual(2 / 3.0, calibration.Accuracy, 1e-9);
        Assert.AreEqual(0.8, calibration.MeanConfidence, 1e-6);
        double error = calibration.ExpectedError;
        Assert.AreEqual((2 * Math.Abs(0.5 - 0.9) + Math.Abs(1 - 0.6)) / 3, error, 1e-6);
        (int, long)[] filled = [(9, 1L), (13, 2L)];
        CollectionAssert.AreEqual(filled,
            calibration.Bins.Select((b, i) => (i, b.Pixels)).Where(b => b.Pixels > 0).ToArray());
    }

    [TestMethod]
    public void ProbabilitiesThatAreMetHaveNoError()
    {
        // Of each bin's pixels as large a share is right as the network says.
        var calibration = new Calibration();
        for (int tenth = 6; tenth <= 10; tenth++)
        {
            for (int i = 0; i < 10; i++)
            {
                calibration.Add([(byte)(i < tenth ? 0 : 1)], [tenth / 10f, 1 - tenth / 10f]);
            }
        }
        double error = calibration.ExpectedError;
        Assert.AreEqual(0, error, 1e-6);
        Assert.AreEqual(calibration.Accuracy, calibration.MeanConfidence, 1e-6);
    }

    [TestMethod]
    public void CertaintyFallsIntoTheLastBinAndNothingIsNotANumber()
    {
        var calibration = new Calibration();
        Assert.IsTrue(double.IsNaN(calibration.ExpectedError));
        calibration.Add([0], [1f]);
        Assert.AreEqual(1L, calibration.Bins[^1].Pixels);
        Assert.ThrowsExactly<ArgumentException>(() => calibration.Add([0, 0], [1f, 0f, 1f]));
    }
}
