using SegML.Colors;
using SegML.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Teaching;

/// <summary>How a batch that was normalised for one network becomes another's input.</summary>
internal sealed class TeacherInput
{
    private readonly bool _same, _reversed;
    private readonly float[] _factors, _offsets;

    private TeacherInput(bool same, bool reversed, float[] factors, float[] offsets) => (_same, _reversed, _factors, _offsets) = (same, reversed, factors, offsets);

    /// <summary>Finds the way.</summary>
    /// <param name="path">The model, for errors.</param>
    /// <param name="teacher">Its input.</param>
    /// <param name="learner">The input of the network that learns.</param>
    /// <exception cref="ModelFormatException">There is none: other colours, bands or a normalisation by each image's own figures.</exception>
    public static TeacherInput Between(string path, InputOptions teacher, InputOptions learner)
    {
        bool reversed = (teacher.ColorSpace, learner.ColorSpace) is (ColorSpace.Rgb, ColorSpace.Bgr) or (ColorSpace.Bgr, ColorSpace.Rgb);
        bool sameBands = (teacher.Bands ?? []).SequenceEqual(learner.Bands ?? []);
        bool byImage = teacher.IsNormalizedByImage || learner.IsNormalizedByImage;
        if (!sameBands || teacher.ColorSpace != learner.ColorSpace && !reversed || byImage && teacher.Normalization != learner.Normalization)
        {
            throw new ModelFormatException(path, "sees other colours than the network that learns, and cannot be a teacher",
                "give both the same input.colorSpace, bands and normalization (mean and std may differ)");
        }
        float[] mean = [.. reversed ? learner.Mean.Reverse() : learner.Mean], std = [.. reversed ? learner.Std.Reverse() : learner.Std];
        float[] factors = [.. std.Zip(teacher.Std, (own, theirs) => own / theirs)];
        float[] offsets = [.. mean.Zip(teacher.Mean, (own, theirs) => own - theirs).Zip(teacher.Std, (shift, theirs) => shift / theirs)];
        return new TeacherInput(!reversed && factors.All(f => f == 1) && offsets.All(o => o == 0), reversed, factors, offsets);
    }

    /// <summary>Converts images, [N, C, H, W]; gives the same tensor where nothing differs.</summary>
    public Tensor Convert(Tensor images)
    {
        if (_same)
        {
            return images;
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor factors = tensor(_factors, device: images.device).reshape(1, -1, 1, 1), offsets = tensor(_offsets, device: images.device).reshape(1, -1, 1, 1);
        return ((_reversed ? images.flip(1) : images) * factors + offsets).MoveToOuterDisposeScope();
    }
}
