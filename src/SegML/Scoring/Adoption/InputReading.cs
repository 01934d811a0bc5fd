using System.Globalization;
using SegML.Colors;
using SegML.Pipelines;
using SegML.Scoring.Adoption.Parts;

namespace SegML.Scoring.Adoption;

/// <summary>The input's half of a plan: which tensor it is, its layout, and how an image becomes it.</summary>
internal sealed class InputReading
{
    // What an image of its own size is taken for where a size is needed, such as costs.
    private const int UsualSize = 512;

    private readonly ForeignGraph _graph;
    private readonly InputDescription _said;
    private readonly List<string> _notes, _warnings;

    public InputReading(ForeignGraph graph, InputDescription said, List<string> notes, List<string> warnings)
    {
        (_graph, _said, _notes, _warnings) = (graph, said, notes, warnings);
        Tensor = Choose();
        Layout = said.Layout ?? LayoutOf(Tensor);
        Options = ReadOptions();
    }

    public ForeignTensor Tensor { get; }

    public TensorLayout Layout { get; }

    public InputOptions Options { get; }

    /// <summary>Whether the graph takes bytes, or computes with constants before its first layer.</summary>
    public bool NormalizesItself { get; private set; }

    private ForeignTensor Choose()
    {
        ForeignTensor[] images = [.. _graph.Inputs.Where(i => i.Sizes is null || i.Sizes.Count == 4)];
        ForeignTensor? chosen = _said.Name is { } name ? _graph.Inputs.FirstOrDefault(i => i.Name == name) : images is [var only] ? only : null;
        if (chosen is null)
        {
            string all = string.Join(", ", _graph.Inputs);
            throw _said.Name is not null ? Bad($"has no input \"{_said.Name}\", but {all}", "name one of those")
                : Bad(images.Length == 0 ? $"takes no image, [N, C, H, W], but {all}" : $"has several inputs: {all}", "give a model of one image, or name the image's input");
        }
        if (_graph.Inputs.Count > 1)
        {
            throw Bad($"needs more than an image: {string.Join(", ", _graph.Inputs.Where(i => i != chosen))}", "export it with those as constants");
        }
        if (!chosen.IsFloat && !chosen.IsInteger || chosen.Type == ForeignTensor.Bool)
        {
            throw Bad($"takes {chosen}", "give a model that takes floats or whole numbers");
        }
        return chosen;
    }

    private static TensorLayout LayoutOf(ForeignTensor tensor) =>
        tensor.Sizes is [_, not (1 or 3 or 4), _, 1 or 3 or 4] ? TensorLayout.Nhwc : TensorLayout.Nchw;

    private InputOptions ReadOptions()
    {
        long? channels = Size(Layout == TensorLayout.Nchw ? 1 : 3), height = Size(Layout == TensorLayout.Nchw ? 2 : 1), width = Size(Layout == TensorLayout.Nchw ? 3 : 2);
        ColorSpace space = _said.ColorSpace ?? (channels == 1 ? ColorSpace.Gray601 : ColorSpace.Rgb);
        int count = ColorChannel.Of(space).Count;
        if (channels is { } real && real != count)
        {
            throw Bad($"takes {real.Of("channel")} ({Tensor}), and {space} has {count}", "name its colour space, or give a model of colour or grey images");
        }
        (int w, int h, InputFit fit) = SizeAndFit(width, height);
        (float[] mean, float[] std) = Normalization(space, count);
        var options = new InputOptions
        {
            Width = w,
            Height = h,
            Fit = fit,
            Filter = _said.Filter,
            Multiple = _said.Multiple is > 1 and var multiple ? multiple : null,
            PadColor = fit == InputFit.Letterbox ? _said.PadColor : null,
            ColorSpace = space,
            Mean = mean,
            Std = std,
        };
        options.Validate(_graph.FileName);
        NormalizesItself = Tensor.IsInteger || Arithmetic() is not null;
        if (Arithmetic() is { } operators && !Tensor.IsInteger && (_said.Mean ?? []).Any(m => m != 0) | (_said.Std ?? []).Any(s => s != 1))
        {
            _warnings.Add($"its graph begins with {operators}, which look like a normalisation, and the input is normalised before it too (mean {Numbers(mean)}, std {Numbers(std)}): probably twice");
        }
        return options;
    }

    private (int Width, int Height, InputFit Fit) SizeAndFit(long? width, long? height)
    {
        if (Refused(width, _said.Width) || Refused(height, _said.Height))
        {
            throw Bad($"takes {Shown(width)}x{Shown(height)} alone, not {Shown(_said.Width)}x{Shown(_said.Height)}", "leave the size out, or export the model with dynamic height and width");
        }
        bool isFixed = width is not null || height is not null;
        long? w = width ?? _said.Width, h = height ?? _said.Height;
        if (isFixed && _said.Fit is InputFit.Original or InputFit.KeepAspect or InputFit.ShortSide)
        {
            // Reading presets name a fit for any size; a graph that takes one size only leaves stretching and letterboxing.
            _notes.Add($"it takes {Shown(w)}x{Shown(h)} alone: images are stretched to that");
            return ((int)(w ?? h)!, (int)(h ?? w)!, InputFit.Stretch);
        }
        if (w is null && h is null)
        {
            return _said.Fit is null or InputFit.Original
                ? (UsualSize, UsualSize, InputFit.Original)
                : throw Bad($"takes any size, and the fit {_said.Fit} needs one", "give the width and height that it was trained at");
        }
        return ((int)Math.Min((w ?? h)!.Value, int.MaxValue), (int)Math.Min((h ?? w)!.Value, int.MaxValue), _said.Fit ?? InputFit.Stretch);

        static bool Refused(long? graph, int? said) => graph is { } one && said is { } other && one != other;
    }

    // Means are about the middle of the range; those of bytes, read as shares, are hundreds.
    private const double MostMean = 3;

    // In units of the colour space, which for RGB, BGR and grey is 0..1.
    private (float[] Mean, float[] Std) Normalization(ColorSpace space, int channels)
    {
        if (Tensor.IsInteger && (_said.Mean is not null || _said.Std is not null))
        {
            throw Bad($"takes whole numbers ({Tensor}), which cannot be normalised", "leave mean and std out: the bytes go in as they are");
        }
        bool isByte = space is ColorSpace.Rgb or ColorSpace.Bgr or ColorSpace.Gray601 or ColorSpace.Gray709;
        double range = _said.Range ?? (Tensor.IsInteger ? 255 : 1);
        if (!(range > 0) || !double.IsFinite(range) || (!isByte && _said.Range is not null))
        {
            throw Bad($"is described with the range {_said.Range}", isByte ? "give a number above 0: 1 or 255" : "leave it out: the range is that of the colour space");
        }
        if (!isByte)
        {
            range = 1;
        }
        float[] mean = [.. Each(_said.Mean, 0, "mean").Select(m => (float)(m / range))], std = [.. Each(_said.Std, 1, "std").Select(s => (float)(s / range))];
        if (isByte && mean.Any(m => Math.Abs(m) > MostMean))
        {
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"is described with a mean of {mean.MaxBy(Math.Abs) * range:0.###} in a range of {range}"),
                "give the range that the figures are for: --range 255 where they are of bytes");
        }
        return (mean, std);

        IEnumerable<double> Each(IReadOnlyList<float>? values, double otherwise, string what) => values switch
        {
            null => Enumerable.Repeat(otherwise, channels),
            [var one] => Enumerable.Repeat((double)one, channels),
            _ when values.Count == channels => values.Select(v => (double)v),
            _ => throw Bad($"is described with {values.Count} numbers as {what}, and has {channels.Of("channel")}", "give one number, or one a channel"),
        };
    }

    // Arithmetic with constants between the input and the first layer; null: none.
    private string? Arithmetic()
    {
        var found = new List<string>();
        string value = Tensor.Name;
        while (_graph.ReadersOf(value).ToArray() is [var node])
        {
            if (node.OpType is "Sub" or "Div" or "Mul" or "Add" or "BatchNormalization")
            {
                found.Add(node.OpType);
            }
            else if (node.OpType is not ("Cast" or "Transpose" or "Identity" or "Gather" or "Split" or "Concat" or "Slice"))
            {
                break;
            }
            value = node.Output[0];
        }
        return found.Any(f => f is not "Mul") ? string.Join(", ", found) : null;
    }

    private long? Size(int axis) => Tensor.Sizes?[axis];

    private static string Shown(long? side) => side?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "any";

    private static string Numbers(float[] values) => string.Join(' ', values.Select(v => v.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)));

    private ModelFormatException Bad(string fault, string fix) => new(_graph.FileName, fault, fix);
}
