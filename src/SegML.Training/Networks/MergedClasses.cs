using SegML.Masks;
using SegML.Onnx.Modules;
using SegML.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// A network whose classes are put together to fewer, each as probable as its members together: what was trained on road, pavement, cars
/// ... tells drivable area from the rest. Often better than a network that never knew the members apart.
/// </summary>
internal sealed class MergedClasses : nn.Module<Tensor, Tensor>
{
    private readonly SegmentationNetwork network;
    private readonly LogSumExp merge;
    private readonly ResizeLike toInput = new();

    /// <param name="network">Becomes this module's.</param>
    /// <param name="members">The network's classes of each merged class.</param>
    public MergedClasses(SegmentationNetwork network, IReadOnlyList<IReadOnlyList<long>> members) : base(nameof(MergedClasses))
    {
        this.network = network;
        merge = new LogSumExp(members);
        RegisterComponents();
    }

    /// <summary>Where each class of a network goes, by what the other classes say they are made from: names, else ids.</summary>
    /// <param name="classes">The network's.</param>
    /// <param name="into">The classes to merge into.</param>
    /// <returns>The network's classes of each of them.</returns>
    /// <exception cref="PipelineFormatException">A class has no place among them, or one of them gets none.</exception>
    public static IReadOnlyList<IReadOnlyList<long>> Members(ClassSet classes, ClassSet into)
    {
        List<long>[] members = [.. Enumerable.Range(0, into.Count).Select(_ => new List<long>())];
        for (int id = 0; id < classes.Count; id++)
        {
            string name = classes.Names[id];
            if (!into.TryFromNameOrValue(name, id, out byte merged) || merged == into.IgnoreIndex)
            {
                throw new PipelineFormatException(into.Source, $"has no class that is made from \"{name}\" ({id}), which the network knows",
                    $"add \"{name}\" or \"{id}\" to the \"from\" of one of its classes");
            }
            members[merged].Add(id);
        }
        int empty = Array.FindIndex(members, m => m.Count == 0);
        return empty < 0 ? members : throw new PipelineFormatException(into.Source, $"has the class \"{into.Names[empty]}\", into which no class of the network goes",
            $"name some of {string.Join(", ", classes.Names)} under its \"from\"");
    }

    /// <summary>The merged logits.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    /// <returns>[N, merged classes, H, W].</returns>
    public override Tensor forward(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        // At the network's own resolution: fewer channels are left to enlarge.
        return toInput.call(merge.call(network.CoarseLogits(image)), image).MoveToOuterDisposeScope();
    }
}
