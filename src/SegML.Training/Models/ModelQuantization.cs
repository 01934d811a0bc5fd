using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Onnx;
using SegML.Onnx.Quantization;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Models;

/// <summary>Quantizes segmentation models to 8 bits: calibrated on training images, held to their mean IoU on validation images.</summary>
public static class ModelQuantization
{
    /// <summary>Quantizes a model.</summary>
    /// <param name="modelPath">A float32 model that SegML exported.</param>
    /// <param name="path">The file to write. It takes and gives what the float model does.</param>
    /// <param name="data">Where the images are: "train" to calibrate on, "val" to compare on. Its classes are the model's.</param>
    /// <param name="options">Numbers and limits; null: the defaults.</param>
    /// <param name="progress">Receives a line at each step. May be null.</param>
    /// <param name="cancellation">Stops between images; no file is left then.</param>
    /// <exception cref="ModelFormatException">The model is not SegML's, or its classes are not the pipeline's.</exception>
    /// <exception cref="DatasetException">The pipeline has no "train" or "val" split, or their files are not there.</exception>
    /// <exception cref="OnnxExportException">The model cannot be quantized, or not within the loss; there is no file.</exception>
    public static ModelQuantizationReport Quantize(
        string modelPath, string path, Pipeline data, ModelQuantizationOptions? options = null,
        IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentNullException.ThrowIfNull(data);
        return Quantize(modelPath, path, data, options ?? new ModelQuantizationOptions(), ModelInfo.Read(modelPath), progress, cancellation);
    }

    // The info is what the quantized model says of itself, but for its precision.
    internal static ModelQuantizationReport Quantize(
        string modelPath, string path, Pipeline data, ModelQuantizationOptions options, ModelInfo info, IProgress<string>? progress, CancellationToken cancellation)
    {
        options.Check();
        if (!info.Classes.HasNamesOf(data.Classes))
        {
            throw new ModelFormatException(modelPath, $"has other classes than {data.Source}", "calibrate with the pipeline that it was trained with");
        }
        DatasetItem[] train = [.. Dataset.List(data, "train")], val = [.. Dataset.List(data, "val")];
        new Random(options.Seed).Shuffle(train);
        int images = Math.Min(options.Images, train.Length), compared = Math.Min(options.Images, val.Length);

        double before;
        using (Segmenter model = Segmenter.Load(modelPath, new SegmenterOptions { Device = ComputeDevice.Cpu }))
        {
            before = MeanIoU(model, val, data.Classes, cancellation);
        }
        QuantizationReport report = OnnxQuantizer.Quantize(modelPath, Feeds(train[..images], info.Input), path, new QuantizationOptions
        {
            Calibration = options.Calibration,
            KeepInFloat = options.KeepInFloat,
            ReduceRange = options.ReduceRange,
            MaxLoss = options.MaxLoss,
            Loss = candidate => before - Measure(candidate),
            HeldOut = Feeds(Enumerable.Range(0, compared).Select(i => val[i * val.Length / compared]), info.Input),
            // The mean IoU decides; this only catches what is broken.
            MinAgreement = 0.8,
            Metadata = (info with { Precision = ModelPrecision.Int8 }).ToMetadata(),
        }, progress, cancellation);
        return new ModelQuantizationReport(report, before, before - report.Loss!.Value);

        double Measure(byte[] candidate)
        {
            using Segmenter segmenter = Segmenter.Load(candidate, path, new SegmenterOptions { Device = ComputeDevice.Cpu });
            return MeanIoU(segmenter, val, data.Classes, cancellation);
        }
    }

    private static double MeanIoU(Segmenter segmenter, IReadOnlyList<DatasetItem> items, ClassSet classes, CancellationToken cancellation)
    {
        var matrix = new SegmentationConfusionMatrix(classes);
        foreach (DatasetItem item in items)
        {
            cancellation.ThrowIfCancellationRequested();
            SegmentationMask truth = item.ReadMask(classes), predicted = segmenter.Predict(item.ImagePath);
            if ((truth.Width, truth.Height) != (predicted.Width, predicted.Height))
            {
                throw new MaskFormatException(item.MaskPath, $"is {truth.Width}x{truth.Height} for an image of {predicted.Width}x{predicted.Height}", "make the sizes equal");
            }
            matrix.Add(truth.Ids, predicted.Ids);
        }
        return new SegmentationMetrics(matrix).MeanIoU;
    }

    // One image in memory at a time, in the way that it reaches the network at scoring.
    private static IEnumerable<IReadOnlyDictionary<string, OrtValue>> Feeds(IEnumerable<DatasetItem> items, InputOptions input)
    {
        foreach (DatasetItem item in items)
        {
            using NetworkImage image = NetworkImage.Read(item.ImagePath, input);
            using OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float,
                [1, input.ChannelCount, image.Pixels.Height, image.Pixels.Width]);
            image.Fill(input, value.GetTensorMutableDataAsSpan<float>());
            yield return new Dictionary<string, OrtValue> { ["image"] = value };
        }
    }
}
