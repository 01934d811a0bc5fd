using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Quantization.Calibration;

/// <summary>Runs a float model on feeds and sees which ranges its activations take.</summary>
internal static class Calibrator
{
    /// <summary>Finds the ranges. What is kept in memory is one feed's activations and, for each, a histogram.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="path">What to call it in errors.</param>
    /// <param name="values">The activations: inputs of the model, or results of its nodes.</param>
    /// <param name="feeds">The feeds; percentile and entropy enumerate them twice.</param>
    /// <param name="options">The method.</param>
    /// <param name="cancellation">Stops between feeds.</param>
    /// <returns>The ranges, and how many feeds there were.</returns>
    /// <exception cref="OnnxExportException">There is no feed, or one does not fit, or makes a value that is not finite.</exception>
    public static (IReadOnlyDictionary<string, ValueRange> Ranges, int Feeds) Run(ModelProto model, string path, IReadOnlyCollection<string> values,
        IEnumerable<IReadOnlyDictionary<string, OrtValue>> feeds, QuantizationOptions options, CancellationToken cancellation)
    {
        using var session = new OnnxSession(GraphValues.WithOutputs(model, values.Except(model.Graph.Input.Select(i => i.Name))), path,
            GraphOptimizationLevel.ORT_ENABLE_BASIC);
        Dictionary<string, ActivationStatistics> statistics = values.ToDictionary(v => v, _ => new ActivationStatistics(options.Calibration, options.Percentile));
        int count = Pass(session, feeds, statistics, cancellation, (name, of, span, feed) =>
        {
            if (!of.AddRange(span))
            {
                throw new OnnxExportException($"feed {feed}", $"makes \"{name}\" NaN or infinite", "calibrate with finite inputs that the model copes with");
            }
        });
        if (count == 0)
        {
            throw new OnnxExportException("the calibration", "has no feeds", "give some dozens of inputs like those the model will meet");
        }
        if (options.Calibration is CalibrationMethod.Percentile or CalibrationMethod.Entropy)
        {
            int again = Pass(session, feeds, statistics, cancellation, (_, of, span, _) => of.AddHistogram(span));
            if (again != count)
            {
                throw new OnnxExportException("the calibration", $"has {count} feeds at first and {again} when enumerated again",
                    $"give a list, or choose {CalibrationMethod.AveragedMinMax}, which needs one pass");
            }
        }
        return (statistics.ToDictionary(s => s.Key, s => s.Value.Range()), count);
    }

    private delegate void Take(string name, ActivationStatistics statistics, ReadOnlySpan<float> values, int feed);

    private static int Pass(OnnxSession session, IEnumerable<IReadOnlyDictionary<string, OrtValue>> feeds,
        Dictionary<string, ActivationStatistics> statistics, CancellationToken cancellation, Take take)
    {
        int count = 0;
        foreach (IReadOnlyDictionary<string, OrtValue> feed in feeds)
        {
            cancellation.ThrowIfCancellationRequested();
            count++;
            // The session checks the feed's types; the inputs then are looked at before what they make of the rest.
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(feed, count);
            foreach ((string name, OrtValue value) in feed.Select(f => (f.Key, f.Value)).Concat(session.OutputNames.Zip(results)))
            {
                if (statistics.TryGetValue(name, out ActivationStatistics? of) && value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float)
                {
                    take(name, of, value.GetTensorDataAsSpan<float>(), count);
                }
            }
        }
        return count;
    }
}
