using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Compares an image model with the network that it was made from: the network gets the same images prepared by TorchSharp, in double
/// precision and by the formulas' plain reading, and its logits are resized and decided by TorchSharp.
/// </summary>
internal static class ImageProof
{
    /// <exception cref="OnnxExportException">ONNX Runtime fails on one of the two, or they agree at too few pixels.</exception>
    public static IReadOnlyList<ImageAgreement> Compare(string sourcePath, string temporary, string path, OnnxImageOptions options)
    {
        using OnnxRun network = RewriteProof.Open(sourcePath, sourcePath), model = RewriteProof.Open(temporary, path);
        return [.. Sizes(options).Select(s => Compare(network, model, s.Height, s.Width, sourcePath, path, options))];
    }

    // The network's own size, which needs no resizing; one that shrinks; and one, turned, that grows.
    private static IEnumerable<(int Height, int Width)> Sizes(OnnxImageOptions options) => options.ImageSize is { } only
        ? [only]
        :
        [
            (options.Height, options.Width),
            (options.Height * 7 / 5 + 1, options.Width * 3 / 2 + 1),
            (options.Width * 3 / 5 + 1, options.Height * 2 / 3 + 1),
        ];

    private static ImageAgreement Compare(OnnxRun network, OnnxRun model, int height, int width, string sourcePath, string path, OnnxImageOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor image = Picture(height, width);
        try
        {
            Tensor logits = network.Run([Prepare(image, options)])[0];
            RewriteProof.Check(logits.isfinite().all().item<bool>(), path, $"cannot be compared: {sourcePath} returns NaN or infinity for a {width}x{height} image",
                "give a model whose logits are finite");
            Tensor expected = Enlarged(logits, height, width).argmax(1);
            Tensor actual = model.Run([options.Planar ? image : image.permute(0, 2, 3, 1)])[0];
            double agreement = expected.eq(actual.to(ScalarType.Int64)).to(ScalarType.Float64).mean().item<double>();
            RewriteProof.Check(agreement >= options.MinAgreement, path, FormattableString.Invariant(
                $"would give another class than its source at {1 - agreement:P2} of the pixels of a {width}x{height} image (allowed {1 - options.MinAgreement:P2})"), "allow more if the figure will do");
            return new ImageAgreement(height, width, agreement);
        }
        catch (OnnxRuntimeException e)
        {
            throw OnnxRun.Refused(path, e);
        }
    }

    // Smooth patches of colour with grain on them: like a photo it has few pixels where two classes are a rounding apart.
    private static Tensor Picture(int height, int width)
    {
        using var generator = new Generator(2018, CPU);
        Tensor patches = Enlarged(rand([1, 3, 7, 9], generator: generator), height, width);
        return (patches * 235 + rand([1, 3, height, width], generator: generator) * 20).to(ScalarType.Byte);
    }

    private static Tensor Enlarged(Tensor tensor, int height, int width) =>
        nn.functional.interpolate(tensor, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);

    private static Tensor Prepare(Tensor image, OnnxImageOptions options)
    {
        (int height, int width) = options.NetworkSize((int)image.shape[2], (int)image.shape[3]);
        Tensor rows = Weights((int)image.shape[2], height), columns = Weights((int)image.shape[3], width);
        Tensor levels = (rows.matmul(image.to(ScalarType.Float64)).matmul(columns.t()) + 0.5).floor().to(ScalarType.Float32);
        Tensor ordered = options.ReverseChannels ? levels.flip(1) : levels;
        return ordered * tensor(options.Scale.ToArray()).reshape(1, 3, 1, 1) + tensor(options.Offset.ToArray()).reshape(1, 3, 1, 1);
    }

    private static Tensor Weights(int source, int destination)
    {
        var weights = new double[destination, source];
        double scale = (double)source / destination;
        for (int i = 0; i < destination; i++)
        {
            for (int k = 0; k < source; k++)
            {
                double centre = Math.Clamp((i + 0.5) * scale - 0.5, 0, source - 1);
                weights[i, k] = source > destination
                    ? Math.Max(0, Math.Min((i + 1) * scale, k + 1) - Math.Max(i * scale, k)) / scale
                    : Math.Max(0, 1 - Math.Abs(centre - k));
            }
        }
        return tensor(weights);
    }
}
