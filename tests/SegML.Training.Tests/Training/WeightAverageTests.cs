using SegML.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class WeightAverageTests
{
    [TestMethod]
    [DataRow(0, 0.1)]
    [DataRow(8, 0.5)]
    [DataRow(100000, 0.999)]
    public void TheDecayRises(int iteration, double expected)
    {
        using Linear live = nn.Linear(1, 1), average = nn.Linear(1, 1);
        Assert.AreEqual(expected, new WeightAverage(average, live, 0.999).DecayAt(iteration), 1e-12);
    }

    [TestMethod]
    public void AveragesWeightsAndStatisticsAndCopiesCounts()
    {
        using BatchNorm2d live = nn.BatchNorm2d(1), average = nn.BatchNorm2d(1);
        var averaging = new WeightAverage(average, live, 0.9);
        double weight = 1, mean = 0;
        for (int t = 0; t < 3; t++)
        {
            using (no_grad())
            {
                live.weight!.fill_(t + 2);
                live.running_mean!.fill_(10 * (t + 1));
                live.num_batches_tracked!.fill_(t + 1);
            }
            averaging.Update(t);
            double decay = Math.Min(0.9, (1.0 + t) / (10 + t));
            weight = decay * weight + (1 - decay) * (t + 2);
            mean = decay * mean + (1 - decay) * 10 * (t + 1);
        }
        Assert.AreEqual(weight, average.weight!.item<float>(), 1e-5);
        Assert.AreEqual(mean, average.running_mean!.item<float>(), 1e-5);
        Assert.AreEqual(3, average.num_batches_tracked!.item<long>());
    }

    [TestMethod]
    public void WithoutDecayItIsACopy()
    {
        using Linear live = nn.Linear(3, 2), average = nn.Linear(3, 2);
        var averaging = new WeightAverage(average, live, 0);
        using (no_grad())
        {
            live.weight!.mul_(3);
        }
        averaging.Update(1000);
        TensorAssert.AreSame(live, average);
    }
}
