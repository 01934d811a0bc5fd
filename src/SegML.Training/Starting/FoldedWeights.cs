using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>Copies an encoder's weights into another that reads a different input.</summary>
internal static class FoldedWeights
{
    /// <summary>Overwrites all of an encoder's tensors; the first convolution and the batch norm behind it are rewritten for the new input.</summary>
    /// <param name="trained">The tensors by the encoder's names, the first convolution [out, 3, h, w]; it comes first.</param>
    /// <param name="encoder">Its first convolution may have another number of channels.</param>
    /// <param name="fold">From what the encoder will be given to what the weights were trained with.</param>
    public static void Copy(IReadOnlyDictionary<string, Tensor> trained, nn.Module encoder, InputFold fold)
    {
        const string First = "conv1.conv.weight", Mean = "bn1.running_mean";
        using IDisposable noGradients = no_grad();
        (Tensor weight, Tensor constant) = fold.Apply(trained[First]);
        using (weight)
        using (constant)
        {
            foreach ((string name, Tensor target) in encoder.state_dict())
            {
                target.copy_(name == First ? weight : trained[name]);
                if (name == Mean)
                {
                    target.sub_(constant);
                }
            }
        }
    }
}
