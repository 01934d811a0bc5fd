using SegML.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Teaching;

/// <summary>The teachers of a run, and what their opinion costs a network that has another one.</summary>
internal sealed class Teachers : IDisposable
{
    private readonly TeacherOptions _options;
    private readonly byte _ignore;
    private readonly List<Teacher> _teachers = [];

    private Teachers(TeacherOptions options, byte ignore) => (_options, _ignore) = (options, ignore);

    /// <summary>The teachers' share of the loss.</summary>
    public double Weight => _options.Weight;

    /// <summary>Opens them.</summary>
    /// <param name="options">Which, and how they teach.</param>
    /// <param name="pipeline">What is trained.</param>
    /// <param name="device">Where the batches will be.</param>
    /// <exception cref="PipelineFormatException">The pipeline's classes overlap.</exception>
    /// <exception cref="ModelFormatException">A model is missing or damaged, lacks a class, or sees images otherwise.</exception>
    public static Teachers Open(TeacherOptions options, Pipeline pipeline, Device device)
    {
        if (pipeline.Classes.IsMultiLabel)
        {
            throw new PipelineFormatException(pipeline.Source, "has training.teacher, which is not for classes that overlap", "leave it out");
        }
        var all = new Teachers(options, pipeline.Classes.IgnoreIndex);
        try
        {
            foreach (string path in options.Models)
            {
                all._teachers.Add(Teacher.Open(path, pipeline, device));
            }
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The Kullback-Leibler divergence of the network's probabilities from the teachers', both at the temperature and times its square, or the cross entropy with
    /// pseudo-labels; the mean over the pixels that count, at the resolution of the network's logits. Of an image with a mask those count that the mask does not ignore;
    /// of one that is ignored as a whole, which has no mask, all.
    /// </summary>
    /// <param name="logits">The network's, [N, C, h, w].</param>
    /// <param name="images">[N, channels, H, W], as the network is given them.</param>
    /// <param name="labels">uint8 [N, H, W].</param>
    /// <returns>A scalar, 0 where no pixel counts.</returns>
    public Tensor Loss(Tensor logits, Tensor images, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor own = logits.to_type(ScalarType.Float32);
        (Tensor target, Tensor counts) = Target(own.shape[2], own.shape[3], images, labels);
        Tensor cost = _options.Confidence > 0 ? -(target * nn.functional.log_softmax(own, 1)).sum(1)
            : _options.Temperature * _options.Temperature * (target * ((target + 1e-12).log() - nn.functional.log_softmax(own / _options.Temperature, 1))).sum(1);
        return ((cost * counts).sum() / counts.sum().clamp_min(1e-6)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _teachers.ForEach(t => t.Dispose());

    // [N, C, h, w] and [N, h, w].
    private (Tensor Target, Tensor Counts) Target(long height, long width, Tensor images, Tensor labels)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        bool pseudo = _options.Confidence > 0;
        Tensor? sum = null;
        foreach (Teacher teacher in _teachers)
        {
            Tensor view = Probabilities(teacher.Logits(images));
            sum = sum is null ? view : sum + view;
            if (_options.Flip)
            {
                sum += Probabilities(teacher.Logits(images.flip(3)).flip(3));
            }
        }
        Tensor target = sum! / (_teachers.Count * (_options.Flip ? 2 : 1));
        Tensor known = labels.ne(_ignore).to_type(ScalarType.Float32);
        Tensor hasNoMask = known.sum([1, 2], keepdim: true).eq(0).to_type(ScalarType.Float32);
        Tensor counts = nn.functional.interpolate((known + hasNoMask).unsqueeze(1), [height, width], mode: InterpolationMode.Nearest).squeeze(1);
        if (pseudo)
        {
            (Tensor greatest, Tensor place) = target.max(1);
            counts = counts * greatest.ge(_options.Confidence).to_type(ScalarType.Float32);
            target = zeros_like(target).scatter(1, place.unsqueeze(1), ones_like(greatest).unsqueeze(1));
        }
        return (target.MoveToOuterDisposeScope(), counts.MoveToOuterDisposeScope());

        Tensor Probabilities(Tensor logits) => nn.functional.softmax(
            nn.functional.interpolate(logits, [height, width], mode: InterpolationMode.Bilinear, align_corners: false) / (pseudo ? 1 : _options.Temperature), 1);
    }
}
