using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>The tensors of an encoder that its input's colours and normalisation concern.</summary>
/// <param name="Weight">The first convolution's weights, [out, channels, h, w].</param>
/// <param name="Constant">What a constant that its output lacks is added to, or subtracted from: [out].</param>
/// <param name="Sign">1 or -1.</param>
internal sealed record FirstLayer(string Weight, string Constant, int Sign)
{
    /// <summary>Those of an encoder; null: public weights are not known for its kind.</summary>
    public static FirstLayer? Of(nn.Module encoder) => encoder switch
    {
        // A batch norm subtracts its mean.
        ResNetEncoder => new FirstLayer("conv1.conv.weight", "bn1.running_mean", -1),
        _ when SegFormer.IsEncoder(encoder) => new FirstLayer("0.0.conv.weight", "0.0.conv.bias", 1),
        _ => null,
    };

    /// <summary>Overwrites an encoder's tensors; those of the first layer are rewritten for the new input.</summary>
    /// <param name="trained">By the encoder's names, the first convolution [out, 3, h, w].</param>
    /// <param name="encoder">Its first convolution may have another number of channels. What is not among the trained stays.</param>
    /// <param name="fold">From what the encoder will be given to what the weights were trained with.</param>
    public void Copy(IReadOnlyDictionary<string, Tensor> trained, nn.Module encoder, InputFold fold)
    {
        using IDisposable noGradients = no_grad();
        (Tensor weight, Tensor constant) = fold.Apply(trained[Weight]);
        using (weight)
        using (constant)
        {
            foreach ((string name, Tensor target) in encoder.state_dict())
            {
                if (!trained.TryGetValue(name, out Tensor? source))
                {
                    continue;
                }
                using Tensor shaped = name == Weight ? weight.alias() : source.reshape(target.shape);
                target.copy_(shaped);
                if (name == Constant)
                {
                    target.add_(constant, Sign);
                }
            }
        }
    }
}
