using SegML.Colors;
using SegML.Pipelines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>What the weights of others were trained to read: red, green and blue of 0..1, in their order, less a mean and divided by a deviation.</summary>
/// <param name="Mean">For each channel, in the order that the weights read them.</param>
/// <param name="Std">The same; above 0.</param>
/// <param name="IsBgr">Whether that order is blue, green, red.</param>
internal sealed record TrainedInput(IReadOnlyList<double> Mean, IReadOnlyList<double> Std, bool IsBgr)
{
    /// <summary>What torchvision's models read, and nearly all that follow them: RGB with ImageNet's means and deviations.</summary>
    public static TrainedInput TorchVision { get; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], false);
}

/// <summary>
/// Rewrites a first convolution so that it computes from the input that a pipeline declares what it computed from the one it was trained with. Both are
/// affine functions of red, green and blue, and so is the way from one to the other, which goes into the weights and, as a constant, into what follows. At
/// the image's edge the zeros around it then stand for a slightly different colour.
/// </summary>
internal sealed class InputFold
{
    // Trained channel c = sum over channels j of the new input of _scale[c, j] * x[j], plus _shift[c].
    private readonly double[,] _scale;
    private readonly double[] _shift;

    private InputFold(double[,] scale, double[] shift) => (_scale, _shift) = (scale, shift);

    /// <summary>Finds the way from a pipeline's input to what weights were trained with.</summary>
    /// <param name="input">The pipeline's.</param>
    /// <param name="trained">The weights'.</param>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">There is none: a curved colour space, bands, or each image's own normalisation.</exception>
    public static InputFold Between(InputOptions input, TrainedInput trained, string source)
    {
        if (input.Bands is not null || input.IsNormalizedByImage || FromSpace(input.ColorSpace) is not var (matrix, offset))
        {
            string what = input.Bands is not null ? "input.bands" : input.IsNormalizedByImage ? "an input.normalization by each image's own figures"
                : $"input.colorSpace {input.ColorSpace}";
            throw new PipelineFormatException(source, $"has {what}, which the first layer of training.encoderWeights cannot be rewritten for",
                "choose the colour space rgb, bgr, gray601, gray709, ycbcr601 or ycbcr709, and the normalization meanStd or minMax");
        }
        int channels = input.ChannelCount;
        var scale = new double[3, channels];
        var shift = new double[3];
        for (int c = 0; c < 3; c++)
        {
            int color = trained.IsBgr ? 2 - c : c;
            shift[c] = offset[color] - trained.Mean[c];
            for (int j = 0; j < channels; j++)
            {
                scale[c, j] = matrix[color, j] * input.Std[j] / trained.Std[c];
                shift[c] += matrix[color, j] * input.Mean[j];
            }
            shift[c] /= trained.Std[c];
        }
        return new InputFold(scale, shift);
    }

    /// <summary>Rewrites weights.</summary>
    /// <param name="weight">[out, 3, h, w], as trained.</param>
    /// <returns>[out, channels, h, w], and what the convolution's output lacks since, [out]; the caller owns both.</returns>
    public (Tensor Weight, Tensor Constant) Apply(Tensor weight)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int channels = _scale.GetLength(1);
        Tensor trained = weight.to_type(ScalarType.Float64), matrix = from_array(_scale).to_type(ScalarType.Float64);
        Tensor rewritten = einsum("ocyx,cj->ojyx", trained, matrix).to_type(ScalarType.Float32).contiguous();
        Tensor constant = (trained.sum([2, 3]) * tensor(_shift)).sum(1).to_type(ScalarType.Float32);
        return (rewritten.MoveToOuterDisposeScope(), constant.MoveToOuterDisposeScope());
    }

    /// <summary>Red, green and blue of 0..1 from a space's channels: a matrix [3, channels] and an offset; null: the space is curved.</summary>
    private static (double[,] Matrix, double[] Offset)? FromSpace(ColorSpace space) => space switch
    {
        ColorSpace.Rgb => (new double[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }, [0, 0, 0]),
        ColorSpace.Bgr => (new double[,] { { 0, 0, 1 }, { 0, 1, 0 }, { 1, 0, 0 } }, [0, 0, 0]),
        // Grey is the colour whose three channels are alike.
        ColorSpace.Gray601 or ColorSpace.Gray709 => (new double[,] { { 1 }, { 1 }, { 1 } }, [0, 0, 0]),
        ColorSpace.YCbCr601 => FromYCbCr(0.299, 0.114),
        ColorSpace.YCbCr709 => FromYCbCr(0.2126, 0.0722),
        _ => null,
    };

    // R = Y + 2 (1 - kr) (Cr - 1/2), B = Y + 2 (1 - kb) (Cb - 1/2), and G is what is left of Y.
    private static (double[,] Matrix, double[] Offset) FromYCbCr(double kr, double kb)
    {
        double red = 2 * (1 - kr), blue = 2 * (1 - kb), kg = 1 - kr - kb, greenBlue = -kb * blue / kg, greenRed = -kr * red / kg;
        return (new double[,] { { 1, 0, red }, { 1, greenBlue, greenRed }, { 1, blue, 0 } }, [-red / 2, -(greenBlue + greenRed) / 2, -blue / 2]);
    }
}
