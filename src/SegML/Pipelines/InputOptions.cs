using System.Text.Json.Serialization;
using SegML.Colors;
using SegML.Images;

namespace SegML.Pipelines;

/// <summary>
/// How an image becomes the network's input. Declared once in the pipeline file, carried in the exported model's
/// metadata, and read from there at scoring: training and scoring run the same code on the same numbers.
/// </summary>
public sealed record InputOptions
{
    private readonly IReadOnlyList<float>? _mean, _std;

    /// <summary>Reference width in pixels. Default 480.</summary>
    public int Width { get; init; } = 480;

    /// <summary>Reference height in pixels. Default 360.</summary>
    public int Height { get; init; } = 360;

    /// <summary>How an image of another size is brought to the reference size. Default <see cref="InputFit.KeepAspect"/>.</summary>
    public InputFit Fit { get; init; } = InputFit.KeepAspect;

    /// <summary>How pixels are weighted where an image shrinks. Others than the default are for models of other tools. Default <see cref="ResizeFilter.Area"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ResizeFilter Filter { get; init; }

    /// <summary>
    /// The network takes sides that are multiples of this alone, 2 to 1024: they are rounded to it. Null, the default: any. For models of other tools.
    /// </summary>
    public int? Multiple { get; init; }

    /// <summary>The colour of the bars of <see cref="InputFit.Letterbox"/>. Null, the default: grey, 114 of 255.</summary>
    public Rgb? PadColor { get; init; }

    /// <summary>
    /// The colour space that the network sees: its channels are the network's input channels, 1, 3 or 4. Images keep their depth: of a 16-bit file
    /// all 16 bits count. Default <see cref="ColorSpace.Rgb"/>.
    /// </summary>
    public ColorSpace ColorSpace { get; init; } = ColorSpace.Rgb;

    /// <summary>
    /// The image's channels that the network takes as they are, 1 to 256, counted from 0 and in this order, in place of a colour space: for
    /// multispectral images, stains, depth. Whole numbers become shares of their greatest value, 0..1; floats stay what they are. Null: the colour
    /// space. Default null.
    /// </summary>
    public IReadOnlyList<int>? Bands { get; init; }

    /// <summary>
    /// What <see cref="Mean"/> and <see cref="Std"/> are when they are not given. Default <see cref="InputNormalization.MeanStd"/>.
    /// </summary>
    public InputNormalization Normalization { get; init; } = InputNormalization.MeanStd;

    /// <summary>
    /// Subtracted from each channel, in the space's units and order. Default: as
    /// <see cref="Normalization"/> says. Written out in a model's metadata, so that no later default changes a model.
    /// </summary>
    public IReadOnlyList<float> Mean
    {
        get => _mean ?? NormalizationDefaults.Mean(ColorSpace, Bands?.Count, Normalization);
        init => _mean = value;
    }

    /// <summary>Divides each channel after the mean is subtracted; above 0. Default: as <see cref="Normalization"/> says.</summary>
    public IReadOnlyList<float> Std
    {
        get => _std ?? NormalizationDefaults.Std(ColorSpace, Bands?.Count, Normalization);
        init => _std = value;
    }

    /// <summary>Channels of the network's input.</summary>
    [JsonIgnore]
    public int ChannelCount => Bands?.Count ?? ColorChannel.Of(ColorSpace).Count;

    /// <summary>Whether it follows rules that only models of other tools have.</summary>
    [JsonIgnore]
    internal bool HasForeignRules => Multiple is not null || Filter != ResizeFilter.Area || Fit is not (InputFit.KeepAspect or InputFit.Stretch);

    /// <summary>Whether each image is normalised by its own figures, not by <see cref="Mean"/> and <see cref="Std"/>.</summary>
    [JsonIgnore]
    public bool IsNormalizedByImage => Normalization is InputNormalization.ZScoreImage or InputNormalization.ZScoreChannel;

    /// <summary>The name that <see cref="ColorSpace"/> had when it was "rgb" or "bgr" only; read, never written.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal ColorSpace Channels
    {
        get => default;
        init => ColorSpace = value;
    }

    /// <summary>The shortest side that a network is given. A reference size below 16 is taken at its word.</summary>
    [JsonIgnore]
    public int MinSide => Math.Min(16, Math.Min(Width, Height));

    /// <summary>The longest side that a network is given.</summary>
    [JsonIgnore]
    public int MaxSide => 4 * Math.Max(Width, Height);

    /// <summary>
    /// The size at which an image is given to the network. Images with extreme aspect ratios are squeezed: no side is less
    /// than 16 pixels, which networks that reduce 16-fold need, or more than 4 times the longer reference side.
    /// </summary>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="height">The image's height in pixels.</param>
    public (int Width, int Height) SizeFor(int width, int height)
    {
        if (Fit is InputFit.Stretch or InputFit.Letterbox)
        {
            return (Width, Height);
        }
        double scale = Fit switch
        {
            InputFit.Original => 1,
            InputFit.ShortSide => (double)Math.Min(Width, Height) / Math.Min(width, height),
            _ => Math.Sqrt((double)Width * Height / ((double)width * height)),
        };
        return (Side(width * scale), Side(height * scale));

        int Side(double exact)
        {
            // An image in its own size is as large as it is: SegmenterOptions.Tiles are for those that are too large.
            double side = Fit == InputFit.Original ? Math.Max(Math.Round(exact), 1) : Math.Clamp(Fit == InputFit.ShortSide ? Math.Floor(exact + 1e-9) : Math.Round(exact), MinSide, MaxSide);
            return Multiple is { } multiple ? Math.Max((int)Math.Round(side / multiple), 1) * multiple : (int)side;
        }
    }

    /// <summary>The size that an image is decoded at least at: where a decoder's own reduction would change what the network sees, its whole size.</summary>
    internal (int Width, int Height) DecodedSizeFor(int width, int height) => HasForeignRules ? (width, height) : SizeFor(width, height);

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="PipelineFormatException">A size below 8 or above 16384, or mean and std that are not a number a channel.</exception>
    public void Validate(string source)
    {
        if (Width is < 8 or > 16384 || Height is < 8 or > 16384)
        {
            throw new PipelineFormatException(source, $"has the input size {Width}x{Height}", "choose sides from 8 to 16384");
        }
        if (Multiple is < 2 or > 1024)
        {
            throw new PipelineFormatException(source, $"has input.multiple {Multiple}", "give a number from 2 to 1024, or leave it out");
        }
        if (Bands is not null && (Bands.Count is 0 or > 256 || Bands.Any(b => b is < 0 or > 65535)))
        {
            throw new PipelineFormatException(source, "has input.bands that are not 1 to 256 numbers from 0", "name the image's channels that the network takes, counted from 0: [0, 1, 2]");
        }
        if (Bands is not null && ColorSpace != ColorSpace.Rgb)
        {
            throw new PipelineFormatException(source, "has input.bands and input.colorSpace", "leave one out: bands are taken as they are");
        }
        if (IsNormalizedByImage && !(Mean.All(m => m == 0) && Std.All(s => s == 1)))
        {
            throw new PipelineFormatException(source, "has input.mean or input.std, and a normalization that takes each image's own", "leave mean and std out, or choose \"meanStd\"");
        }
        if (Mean.Count != ChannelCount || Std.Count != ChannelCount || !Mean.All(float.IsFinite) || !Std.All(s => float.IsFinite(s) && s > 0))
        {
            string number = ChannelCount switch { 1 => "one finite number", 3 => "three finite numbers", 4 => "four finite numbers", _ => $"{ChannelCount} finite numbers" };
            throw new PipelineFormatException(source, $"has an input mean or std that is not {number} (std above 0)", Bands is not null ? "give one number a band"
                : $"give one number a channel of {ColorSpace}: {string.Join(", ", ColorChannel.Of(ColorSpace).Select(c => c.Name))}");
        }
    }
}

/// <summary>How an image of another size is brought to the reference size.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InputFit>))]
public enum InputFit
{
    /// <summary>Keeps the aspect ratio and takes the reference size's area: a portrait photo stays one.</summary>
    [JsonStringEnumMemberName("keepAspect")] KeepAspect,

    /// <summary>Exactly the reference size, whatever the image's shape.</summary>
    [JsonStringEnumMemberName("stretch")] Stretch,

    /// <summary>Keeps the aspect ratio; the shorter side becomes the reference's shorter side. For models of other tools.</summary>
    [JsonStringEnumMemberName("shortSide")] ShortSide,

    /// <summary>Keeps the image's own size. For models of other tools.</summary>
    [JsonStringEnumMemberName("original")] Original,

    /// <summary>Keeps the aspect ratio, inside the reference size; bars fill the rest, the image in the middle. For models of other tools.</summary>
    [JsonStringEnumMemberName("letterbox")] Letterbox,
}
