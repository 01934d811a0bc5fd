using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Images;

namespace SegML.Scoring.Tiles;

/// <summary>
/// Lets every tile know the whole image's means, for networks with global pooling: a first walk over the tiles gathers the
/// means, from the same inner parts that count for the mask; in the second the network is given them. Thread-safe.
/// </summary>
internal sealed class GlobalContext : IDisposable
{
    private readonly GlobalMeans _means;
    private readonly InferenceSession _features;
    private readonly RunOptions _runOptions = new();

    private GlobalContext(GlobalMeans means, InferenceSession features, ScoringSession session)
    {
        _means = means;
        _features = features;
        Session = session;
    }

    /// <summary>The network, which takes the means as further inputs.</summary>
    public ScoringSession Session { get; }

    /// <summary>Opens the two halves of a network; null where its means are not of float32.</summary>
    public static GlobalContext? TryOpen(GlobalMeans means, string name, SegmenterOptions options)
    {
        (InferenceSession features, _) = SessionFactory.Open(means.Features, name, options);
        if (features.OutputMetadata.Values.Any(o => o.ElementDataType != TensorElementType.Float))
        {
            features.Dispose();
            return null;
        }
        try
        {
            return new GlobalContext(means, features, new ScoringSession(means.Conditioned, name, options, isSplit: true));
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }

    /// <summary>Computes an image's means.</summary>
    /// <param name="image">The image.</param>
    /// <param name="whole">The figures that it is normalised by; null where the input names fixed ones.</param>
    /// <param name="across">Its tiles across.</param>
    /// <param name="down">Its tiles down.</param>
    public ContextTensors Gather(ImageRows image, ChannelStatistics? whole, TileGrid across, TileGrid down)
    {
        string[] names = [.. _means.Tensors.Select(t => t.Of).Distinct()];
        var sums = new Dictionary<string, double[]>();
        using OrtValue input = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, TensorElementType.Float, [1, Session.Info.Input.ChannelCount, down.Size, across.Size]);
        TiledScoring.Walk(image, across, down, (pixels, x, y) =>
        {
            InputTensor.Fill(pixels, whole, Session.Info.Input, input.GetTensorMutableDataAsSpan<float>());
            using IDisposableReadOnlyCollection<OrtValue> outputs = _features.Run(_runOptions, [Segmenter.InputName], [input], names);
            for (int i = 0; i < names.Length; i++)
            {
                long[] shape = outputs[i].GetTensorTypeAndShape().Shape;
                int stride = _means.Tensors.First(t => t.Of == names[i]).Stride, width = (int)shape[3];
                (int left, int right) = Cells(x, across.Size, image.Width, stride);
                (int top, int bottom) = Cells(y, down.Size, image.Height, stride);
                ref double[]? sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, names[i], out _);
                sum ??= new double[shape[1] + 1];
                ReadOnlySpan<float> values = outputs[i].GetTensorDataAsSpan<float>();
                for (int c = 0; c < shape[1]; c++)
                {
                    ReadOnlySpan<float> plane = values.Slice(c * (int)shape[2] * width, (int)shape[2] * width);
                    for (int row = top; row < bottom; row++)
                    {
                        foreach (float value in plane.Slice(row * width + left, right - left))
                        {
                            sum[c] += value;
                        }
                    }
                }
                // The last entry counts the cells.
                sum[^1] += (double)(right - left) * (bottom - top);
            }
        });
        return new ContextTensors([.. _means.Tensors.Select(t => t.Name)], [.. _means.Tensors.Select(t => Mean(sums[t.Of]))]);
    }

    public void Dispose()
    {
        Session.Dispose();
        _features.Dispose();
        _runOptions.Dispose();
    }

    // Of a tile's cells those that no other tile counts; beyond the image's end the repeated edge counts, as in one pass.
    private static (int From, int To) Cells(TileGrid.Tile tile, int size, int length, int stride) =>
        ((tile.KeepFrom - tile.Start) / stride, (tile.KeepTo == length ? size : tile.KeepTo - tile.Start) / stride);

    private static OrtValue Mean(double[] sum)
    {
        OrtValue mean = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, [1, sum.Length - 1, 1, 1]);
        Span<float> values = mean.GetTensorMutableDataAsSpan<float>();
        for (int c = 0; c < values.Length; c++)
        {
            values[c] = (float)(sum[c] / sum[^1]);
        }
        return mean;
    }
}

/// <summary>Tensors that a network is given beside the image.</summary>
/// <param name="names">Their names.</param>
/// <param name="values">Their values; owned.</param>
internal sealed class ContextTensors(string[] names, OrtValue[] values) : IDisposable
{
    public string[] Names => names;

    public OrtValue[] Values => values;

    public void Dispose() => Array.ForEach(values, v => v.Dispose());
}
