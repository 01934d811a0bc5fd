using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// What all networks are: images in, logits of the same height and width out, at any size from 1x1. An app derives its own from it and
/// registers it with <see cref="NetworkCatalog.Register"/>. Layers are fields, called through <c>call</c>; convolutions that are
/// <see cref="ConvLayer"/> train in the precision that the pipeline names, others in float32.
/// </summary>
public abstract class SegmentationNetwork : nn.Module<Tensor, Tensor>
{
    // Not private: components are registered by the derived type, which sees no private field of its base.
    private protected readonly ResizeLike toInput = new();
    private protected readonly Dropout? dropout;

    /// <summary>Creates the base. The derived constructor ends with <c>RegisterComponents()</c>.</summary>
    /// <param name="name">The network's name in <see cref="NetworkCatalog"/>.</param>
    /// <param name="dropout">Share of the values that <see cref="Drop"/> drops while training, 0 to below 1. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of its range.</exception>
    protected SegmentationNetwork(string name, double dropout = 0) : base(name)
    {
        if (!(dropout >= 0 && dropout < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(dropout), FormattableString.Invariant($"dropout {dropout} is not from 0 to below 1"));
        }
        this.dropout = dropout > 0 ? nn.Dropout(dropout) : null;
    }

    /// <summary>Input pixels a pixel of the coarsest features, along one side.</summary>
    public abstract int Stride { get; }

    /// <summary>The last convolution's bias, [classes]: what is added to it is added to the logits.</summary>
    public abstract Tensor LogitBias { get; }

    /// <summary>The part that turns the image into features, which is often trained before; a child called "encoder". Null: none apart.</summary>
    public virtual nn.Module? Encoder => null;

    /// <summary>Channels of the coarser stages that auxiliary heads can score while training, in the order of <see cref="CoarseLogits(Tensor, IList{Tensor})"/>.</summary>
    public virtual IReadOnlyList<int> StageChannels => [];

    /// <summary>The logits at the network's own resolution, before they are enlarged to the input's size.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    /// <returns>[N, classes, ceil(H / s), ceil(W / s)] for the network's output stride s.</returns>
    public abstract Tensor CoarseLogits(Tensor image);

    /// <summary>The same, and the features of the coarser stages on the way.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    /// <param name="stages">Receives [N, StageChannels[i], h, w], which the caller owns.</param>
    public virtual Tensor CoarseLogits(Tensor image, IList<Tensor>? stages) => CoarseLogits(image);

    /// <summary>The logits.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    /// <returns>[N, classes, H, W].</returns>
    public override Tensor forward(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        return toInput.call(CoarseLogits(image), image).MoveToOuterDisposeScope();
    }

    /// <summary>What a head reads: while training, some of the features dropped, where that was asked for.</summary>
    protected Tensor Drop(Tensor features) => dropout is null ? features : dropout.call(features);

    /// <summary>Gives a stage's features to those who asked for stages.</summary>
    protected static Tensor Stage(Tensor features, IList<Tensor>? stages)
    {
        stages?.Add(features.MoveToOuterDisposeScope());
        return features;
    }
}
