using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// Deep supervision (Lee et al. 2015, https://arxiv.org/abs/1409.5185): while training, a 1x1 convolution scores the features of each of
/// a network's coarser stages. The heads stand beside the network, so that no average, best checkpoint or export has them.
/// </summary>
internal sealed class AuxiliaryHeads : nn.Module
{
    private readonly ModuleList<ConvLayer> heads = [];

    /// <param name="channels">Channels of each stage: <see cref="SegmentationNetwork.StageChannels"/>.</param>
    /// <param name="classes">Channels of the logits.</param>
    public AuxiliaryHeads(IEnumerable<int> channels, int classes) : base(nameof(AuxiliaryHeads))
    {
        foreach (int features in channels)
        {
            // No batch norm: with one image and a small crop, a stage is a few pixels.
            heads.Add(ConvLayer.Head(features, classes));
        }
        RegisterComponents();
    }

    /// <summary>The logits of each stage, at its own resolution.</summary>
    /// <param name="stages">[N, channels[i], h, w].</param>
    public IEnumerable<Tensor> Logits(IEnumerable<Tensor> stages) => heads.Zip(stages, (head, features) => head.call(features));
}
