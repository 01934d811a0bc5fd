using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SegML.Colors;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Scoring.Adoption;
using SegML.Scoring.Adoption.Presets;

namespace SegML.Cli.Commands;

/// <summary>The options of <c>segml model adopt</c> that say a part of a model's description; they override a preset's and a file's.</summary>
internal sealed class DescriptionOptions
{
    private readonly Option<string?> _classes = new("--classes")
    {
        Description = "The classes in the output's order: names with commas, a file with a name a line, or voc, cityscapes.",
        HelpName = "NAMES",
    };

    private readonly Option<(int Width, int Height)?> _size = new("--size")
    {
        Description = "The size that it was trained at, where the graph takes any.",
        HelpName = "WIDTHxHEIGHT",
        CustomParser = ExportCommand.ParseSize,
    };

    private readonly Option<InputFit?> _fit = Choice<InputFit>("--fit", "How images of other sizes are brought to it");

    private readonly Option<int?> _multiple = new("--multiple") { Description = "Sides are rounded to multiples of this.", HelpName = "PIXELS" };

    private readonly Option<float[]?> _mean = Numbers("--mean", "Subtracted from each channel, in units of --range.");

    private readonly Option<float[]?> _std = Numbers("--std", "Divides each channel.");

    private readonly Option<double?> _range = new("--range") { Description = "What a byte's 255 becomes before mean and std: 1 or 255.", HelpName = "NUMBER" };

    private readonly Option<ColorSpace?> _colors = Choice<ColorSpace>("--colors", "The order or space of the colours");

    private readonly Option<TensorLayout?> _layout = Choice<TensorLayout>("--layout", "The order of the input's axes, where its shape does not show it");

    private readonly Option<string?> _outputName = new("--output") { Description = "Which of several outputs counts.", HelpName = "NAME" };

    private readonly Option<OutputMeaning?> _meaning = Choice<OutputMeaning>("--meaning", "What the output's numbers are");

    private readonly Option<double?> _threshold = new("--threshold") { Description = "From which probability on a pixel is foreground. Default: 0.5.", HelpName = "NUMBER" };

    private Option[] All => [_classes, _size, _fit, _multiple, _mean, _std, _range, _colors, _layout, _outputName, _meaning, _threshold];

    public void AddTo(Command command) => Array.ForEach(All, command.Options.Add);

    public bool SayHowToNormalize(ParseResult parsed) => parsed.GetResult(_mean) is not null || parsed.GetResult(_std) is not null || parsed.GetResult(_range) is not null;

    public ModelDescription Apply(ParseResult parsed, ModelDescription said) => said with
    {
        Classes = parsed.GetValue(_classes) is { } classes ? PresetClasses(classes) : said.Classes,
        Input = said.Input with
        {
            Width = parsed.GetValue(_size)?.Width ?? said.Input.Width,
            Height = parsed.GetValue(_size)?.Height ?? said.Input.Height,
            Fit = parsed.GetValue(_fit) ?? said.Input.Fit,
            Multiple = parsed.GetValue(_multiple) ?? said.Input.Multiple,
            Mean = parsed.GetResult(_mean) is null ? said.Input.Mean : parsed.GetValue(_mean) ?? said.Input.Mean,
            Std = parsed.GetResult(_std) is null ? said.Input.Std : parsed.GetValue(_std) ?? said.Input.Std,
            Range = parsed.GetValue(_range) ?? said.Input.Range,
            ColorSpace = parsed.GetValue(_colors) ?? said.Input.ColorSpace,
            Layout = parsed.GetValue(_layout) ?? said.Input.Layout,
        },
        Output = said.Output with
        {
            Name = parsed.GetValue(_outputName) ?? said.Output.Name,
            Meaning = parsed.GetValue(_meaning) ?? said.Output.Meaning,
            Threshold = parsed.GetValue(_threshold) ?? said.Output.Threshold,
        },
    };

    private static IReadOnlyList<SegmentationClass> PresetClasses(string text)
    {
        IReadOnlyList<string> names = KnownClasses.Named(text) ?? (File.Exists(text)
            ? [.. File.ReadAllLines(text).Select(l => l.Trim()).Where(l => l.Length > 0)]
            : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return ClassSet.Of(names).Classes;
    }

    private static Option<T?> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(n => char.ToLowerInvariant(n[0]) + n[1..])];
        string all = string.Join(", ", names);
        return new Option<T?>(name)
        {
            Description = $"{description}: {all}.",
            HelpName = "NAME",
            CustomParser = result =>
            {
                if (names.Contains(result.Tokens[0].Value, StringComparer.OrdinalIgnoreCase))
                {
                    return Enum.Parse<T>(result.Tokens[0].Value, ignoreCase: true);
                }
                result.AddError($"{name} is one of {all}, not {result.Tokens[0].Value}");
                return null;
            },
        };
    }

    private static Option<float[]?> Numbers(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "NUMBERS",
        CustomParser = result =>
        {
            float?[] numbers = [.. result.Tokens[0].Value.Split(',').Select(t => float.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out float f) ? f : (float?)null)];
            if (numbers.Contains(null))
            {
                result.AddError($"{name} is one number, or one a channel with commas, not {result.Tokens[0].Value}");
            }
            return [.. numbers.Select(n => n ?? 0)];
        },
    };
}
