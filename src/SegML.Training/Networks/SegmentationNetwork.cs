using SegML.Onnx.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// What all networks are: images in, logits of the same height and width out, at any size from 1x1. Everything that
/// happens between layers is a module that is called through <c>call</c>, because that is what an ONNX export sees.
/// </summary>
public abstract class SegmentationNetwork : nn.Module<Tensor, Tensor>
{
    // Not private: components are registered by the derived type, which sees no private field of its base.
    private protected readonly ResizeLike toInput = new();

    /// <summary>Creates the base. The derived constructor ends with <c>RegisterComponents()</c>.</summary>
    /// <param name="name">The network's name in <see cref="NetworkCatalog"/>.</param>
    protected SegmentationNetwork(string name) : base(name)
    {
    }

    /// <summary>Input pixels a pixel of the coarsest features, along one side.</summary>
    public abstract int Stride { get; }

    /// <summary>The last convolution's bias, [classes]: what is added to it is added to the logits.</summary>
    public abstract Tensor LogitBias { get; }

    /// <summary>The part that turns the image into features, which is often trained before; a child called "encoder". Null: none apart.</summary>
    public virtual nn.Module? Encoder => null;

    /// <summary>The logits at the network's own resolution, before they are enlarged to the input's size.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    /// <returns>[N, classes, ceil(H / s), ceil(W / s)] for the network's output stride s.</returns>
    public abstract Tensor CoarseLogits(Tensor image);

    /// <summary>The logits.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    /// <returns>[N, classes, H, W].</returns>
    public override Tensor forward(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        return toInput.call(CoarseLogits(image), image).MoveToOuterDisposeScope();
    }
}
