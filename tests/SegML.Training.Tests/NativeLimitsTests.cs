using SegML.Onnx.Tracing;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests;

/// <summary>libtorch computes right where the processor's caches are hidden.</summary>
[TestClass]
public sealed class NativeLimitsTests
{
    [TestMethod]
    public void ProcessorsThatShowTheirCachesAreNotHeldBack()
    {
        bool shown = Directory.Exists("/sys/devices/system/cpu/cpu0/cache/index0");
        Assert.IsFalse(shown && (HiddenCaches.Found || HiddenCaches.HoldBack));
    }

    [TestMethod]
    public void ThePinnedLibtorchIsToldTheSizesOfHiddenCaches()
    {
        if (!HiddenCaches.Found || Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA") is not null)
        {
            Assert.Inconclusive("skipped: this processor shows its caches, or ONEDNN_MAX_CPU_ISA is set");
        }
        TorchLibrary.Require();
        Assert.IsFalse(HiddenCaches.HoldBack);
    }

    [TestMethod]
    public void ThreadsSpinBrieflyUnlessTheUserSaysHow()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(WaitingThreads.Variable) is not null || Environment.GetEnvironmentVariable(WaitingThreads.Policy) is not null)
        {
            Assert.Inconclusive("skipped: not libgomp's system, or the user says how threads wait");
        }
        WaitingThreads.SpinBriefly();
        Assert.AreEqual(WaitingThreads.Count, NativeVariables.Get(WaitingThreads.Variable));
    }

    [TestMethod]
    public void ThreeCachesOfOneByteAreCorrectedAndNothingElseIs()
    {
        uint[] oneByteEach = new uint[28];
        oneByteEach.AsSpan(7, 3).Fill(1);
        oneByteEach.AsSpan(17, 3).Fill(1);
        oneByteEach[27] = 3;
        for (int word = 7; word < 28; word++)
        {
            uint[] other = [.. oneByteEach];
            other[word] += 2;
            uint[] before = [.. other];
            Assert.IsFalse(OneDnnCaches.TryCorrect(other));
            CollectionAssert.AreEqual(before, other);
        }
        Assert.IsTrue(OneDnnCaches.TryCorrect(oneByteEach));
        CollectionAssert.AreEqual(new uint[] { 32 << 10, 512 << 10, 1 << 20 }, oneByteEach[7..10]);
    }

    /// <summary>Where caches are hidden, convolutions such as these were wrong by whole tenths before the sizes were corrected.</summary>
    [TestMethod]
    public void ConvolutionsAndTheirGradientsAreThoseOfDoublePrecision()
    {
        manual_seed(1);
        var random = new Random(1);
        int[] widths = [3, 8, 16, 32, 48, 64, 96];
        for (int i = 0; i < 24; i++)
        {
            bool depthwise = i % 4 == 3;
            int read = widths[random.Next(widths.Length)], written = depthwise ? read : widths[random.Next(widths.Length)], kernel = 1 + 2 * random.Next(3);
            long[] stride = [1 + i % 2, 1 + i % 2], padding = [kernel / 2, kernel / 2];
            using DisposeScope scope = NewDisposeScope();
            Tensor input = randn(1 + random.Next(4), read, random.Next(20, 70), random.Next(20, 70));
            Tensor weight = randn(written, depthwise ? 1 : read, kernel, kernel) / Math.Sqrt(read * kernel * kernel);
            Tensor[] right = Convolve(ScalarType.Float64), single = Convolve(ScalarType.Float32), half = Convolve(ScalarType.BFloat16);
            for (int part = 0; part < right.Length; part++)
            {
                Assert.IsLessThan(2e-5, Error(single[part], right[part]), $"float32, {i}, part {part}");
                Assert.IsLessThan(3e-2, Error(half[part], right[part]), $"bfloat16, {i}, part {part}");
            }

            Tensor[] Convolve(ScalarType type)
            {
                Tensor x = input.to_type(type).clone().requires_grad_(true), w = weight.to_type(type).clone().requires_grad_(true);
                Tensor y = nn.functional.conv2d(x, w, strides: stride, padding: padding, groups: depthwise ? read : 1);
                (y * y).sum().backward();
                return [y.detach(), x.grad!, w.grad!];
            }
        }
    }

    private static double Error(Tensor value, Tensor right) => ((value.to_type(ScalarType.Float64) - right).norm() / right.norm()).item<double>();
}
