using SegML.Masks;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Runs;

namespace SegML.Tests.Runs;

[TestClass]
public sealed class TrainingLogTests
{
    private static readonly ClassSet Classes = new(
    [
        new SegmentationClass { Id = 0, Name = "road, dry", Color = default },
        new SegmentationClass { Id = 1, Name = "the \"rest\"", Color = default },
    ]);

    [TestMethod]
    public void WhatItKeepsIsWhatTheFileSays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("log.csv");
        var log = new TrainingLog(path, Classes);
        log.Add(Row(1));
        log.Add(Row(2) with { MeanIoU = 1 / 3.0, PixelAccuracy = 2 / 3.0, ValidationLoss = 0.5, PerClassIoU = [1 / 7.0, double.NaN] });
        log.Add(Row(3));

        string[] lines = File.ReadAllLines(path);
        Assert.AreEqual("epoch,iteration,learningRate,loss,seconds,meanIoU,pixelAccuracy,ended,validationSeconds,peakMemoryMB,valLoss,\"IoU road, dry\",\"IoU the \"\"rest\"\"\"", lines[0]);
        Assert.AreEqual("2,20,0.00333333,0.66667,1.3,0.33333,0.66667,2026-03-01T12:00:07Z,0.3,123,0.50000,0.14286,", lines[2]);

        var again = new TrainingLog(path, Classes);
        again.Restore(2);
        Assert.HasCount(2, again.Rows);
        for (int i = 0; i < 2; i++)
        {
            Assert.AreEqual(log.Rows[i] with { PerClassIoU = [] }, again.Rows[i] with { PerClassIoU = [] });
            CollectionAssert.AreEqual(log.Rows[i].PerClassIoU.ToArray(), again.Rows[i].PerClassIoU.ToArray());
        }
        again.Add(Row(3));
        CollectionAssert.AreEqual(lines, File.ReadAllLines(path));
    }

    [TestMethod]
    public void LogsOfTheFirstVersionAreRead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("log.csv"), "epoch,iteration,learningRate,loss,seconds,meanIoU,pixelAccuracy\n1,3,0.001,2.5,4.0,,\n2,6,0.002,1.5,4.0,0.25,0.5\n");
        IReadOnlyList<EpochRecord> rows = TrainingLog.Read(folder.File("log.csv"), Classes);
        Assert.HasCount(2, rows);
        Assert.AreEqual(0.25, rows[1].MeanIoU);
        Assert.IsNull(rows[1].Ended);
        Assert.IsEmpty(rows[1].PerClassIoU);
    }

    [TestMethod]
    public void LogsWithoutAValidationLossAreRead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("log.csv"), "1,3,0.001,2.5,4.0,0.25,0.5,2026-03-01T12:00:07Z,0.3,123,0.125,0.375\n");
        EpochRecord row = TrainingLog.Read(folder.File("log.csv"), Classes).Single();
        Assert.IsTrue(double.IsNaN(row.ValidationLoss));
        CollectionAssert.AreEqual(new[] { 0.125, 0.375 }, row.PerClassIoU.ToArray());
    }

    private static EpochRecord Row(int epoch) => new()
    {
        Epoch = epoch,
        Iteration = 10 * epoch,
        LearningRate = 0.01 / 3,
        Loss = 2 / 3.0,
        Seconds = 1.26,
        Ended = new DateTime(2026, 3, 1, 12, 0, 7, 400, DateTimeKind.Utc),
        ValidationSeconds = 0.31,
        PeakMemory = 123.4,
    };
}
