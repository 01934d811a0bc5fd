using Microsoft.ML;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Where options name no device, the MLContext decides.</summary>
[TestClass]
public sealed class DeviceTests
{
    public static IEnumerable<object?[]> WithoutDevice =>
        [[null], [new SegmenterOptions()], [new SegmenterOptions { BatchSize = 4 }], [new SegmenterOptions { Flip = true, Threads = 1 }]];

    [TestMethod]
    [DynamicData(nameof(WithoutDevice))]
    public void AGpuThatIsNotThereIsAnErrorWithAnyOptions(SegmenterOptions? options)
    {
        if (TorchSharp.torch.cuda.is_available())
        {
            Assert.Inconclusive("skipped: this machine has CUDA");
        }
        using var folder = new TemporaryFolder();
        string model = folder.File("tiny.onnx", TinyModel.Create());
        var strict = new MLContext { GpuDeviceId = 1, FallbackToCpu = false };
        Assert.ThrowsExactly<DeviceException>(() => strict.Transforms.ApplySegmentationModel("P", "ImagePath", model, options));
        var lenient = new MLContext { GpuDeviceId = 1, FallbackToCpu = true };
        Assert.AreEqual(ComputeDevice.Cpu, DeviceOf(lenient.Transforms.ApplySegmentationModel("P", "ImagePath", model, options)));
        Assert.AreEqual(ComputeDevice.Cpu, DeviceOf(strict.Transforms.ApplySegmentationModel("P", "ImagePath", model, (options ?? new()) with { Device = ComputeDevice.Cpu })));
    }

    private static ComputeDevice DeviceOf(ApplySegmentationModelEstimator estimator)
    {
        using ApplySegmentationModelTransformer transformer = estimator.Fit(new MLContext().Data.LoadFromEnumerable([new Photo()]));
        return transformer.Segmenter.Device;
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }
}
