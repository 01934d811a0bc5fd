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
    private readonly string _name;
    private readonly InferenceSession _features;
    private readonly RunOptions _runOptions = new();

    private GlobalContext(GlobalMeans means, string name, InferenceSession features, ScoringSession session)
    {
        _means = means;
        _name = name;
        _features = features;
        Session = session;
    }

    /// <summary>The network, which takes the means as further inputs.</summary>
    public ScoringSession Session { get; }

    /// <summary>Opens a network's two extensions.</summary>
    /// <param name="model">The ONNX file's content.</param>
    /// <param name="means">Its means.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">Device and threads.</param>
    /// <exception cref="ModelFormatException">The means are not of this model.</exception>
    public static GlobalContext Open(byte[] model, GlobalMeans means, string name, SegmenterOptions options)
    {
        InferenceSession? features = null;
        try
        {
            (features, _, _) = SessionFactory.Open([.. model, .. means.Features], name, options);
            return new GlobalContext(means, name, features, new ScoringSession([.. model, .. means.Conditioned], name, options, isExtended: true));
        }
        catch (ModelFormatException e)
        {
            features?.Dispose();
            throw Foreign(name, e);
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
            using IDisposableReadOnlyCollection<OrtValue> outputs = ScoringSession.Stoppable(_name, _runOptions, (long)across.Size * down.Size,
                options => Boundary.Model.Cross(_name, () => _features.Run(options, [Segmenter.InputName], [input], names)));
            for (int i = 0; i < names.Length; i++)
            {
                long[] shape = outputs[i].GetTensorTypeAndShape().Shape;
                int stride = _means.Tensors.First(t => t.Of == names[i]).Stride;
                if (shape is not [1, > 0, _, _] || shape[2] != down.Size / stride || shape[3] != across.Size / stride)
                {
                    throw Foreign(_name, null);
                }
                int width = (int)shape[3];
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
        return new ContextTensors(_means.Output, [.. _means.Tensors.Select(t => t.Name)], [.. _means.Tensors.Select(t => Mean(sums[t.Of]))]);
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

    private static ModelFormatException Foreign(string name, Exception? inner) =>
        new(name, "is not the network whose means its metadata names", "export it again, or score it without tiles", inner);

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
/// <param name="output">The name of the logits that it computes with them.</param>
/// <param name="names">Their names.</param>
/// <param name="values">Their values; owned.</param>
internal sealed class ContextTensors(string output, string[] names, OrtValue[] values) : IDisposable
{
    public string Output => output;

    public string[] Names => names;

    public OrtValue[] Values => values;

    public void Dispose() => Array.ForEach(values, v => v.Dispose());
}
