using System.Text.Json.Serialization;

namespace SegML.Pipelines;

/// <summary>
/// How an image becomes the network's input. Declared once in the pipeline file, carried in the exported model's
/// metadata, and read from there at scoring: training and scoring run the same code on the same numbers.
/// </summary>
public sealed record InputOptions
{
    /// <summary>Reference width in pixels. Default 480.</summary>
    public int Width { get; init; } = 480;

    /// <summary>Reference height in pixels. Default 360.</summary>
    public int Height { get; init; } = 360;

    /// <summary>How an image of another size is brought to the reference size. Default <see cref="InputFit.KeepAspect"/>.</summary>
    public InputFit Fit { get; init; } = InputFit.KeepAspect;

    /// <summary>The order of the three channels. Default <see cref="ChannelOrder.Rgb"/>.</summary>
    public ChannelOrder Channels { get; init; } = ChannelOrder.Rgb;

    /// <summary>Subtracted from each channel (in <see cref="Channels"/> order) after scaling bytes to 0..1. Default: ImageNet's means.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.485f, 0.456f, 0.406f];

    /// <summary>Divides each channel after the mean is subtracted; above 0. Default: ImageNet's standard deviations.</summary>
    public IReadOnlyList<float> Std { get; init; } = [0.229f, 0.224f, 0.225f];

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
        if (Fit == InputFit.Stretch)
        {
            return (Width, Height);
        }
        double scale = Math.Sqrt((double)Width * Height / ((double)width * height));
        return (Side(width * scale), Side(height * scale));

        int Side(double exact) => (int)Math.Clamp(Math.Round(exact), MinSide, MaxSide);
    }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="PipelineFormatException">A size below 8 or above 16384, or mean and std that are not three numbers.</exception>
    public void Validate(string source)
    {
        if (Width is < 8 or > 16384 || Height is < 8 or > 16384)
        {
            throw new PipelineFormatException(source, $"has the input size {Width}x{Height}", "choose sides from 8 to 16384");
        }
        if (Mean.Count != 3 || Std.Count != 3 || !Mean.All(float.IsFinite) || !Std.All(s => float.IsFinite(s) && s > 0))
        {
            throw new PipelineFormatException(source, "has an input mean or std that is not three finite numbers (std above 0)",
                "give one number a channel");
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
}

/// <summary>The order of an input's channels.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChannelOrder>))]
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    [JsonStringEnumMemberName("rgb")] Rgb,

    /// <summary>Blue, green, red.</summary>
    [JsonStringEnumMemberName("bgr")] Bgr,
}
