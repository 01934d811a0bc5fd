using SegML.Colors;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>The size and the channels that the network sees.</summary>
internal static class InputRules
{
    // What is thinner than this many pixels at the network's input is lost or blurred; a few more make its outline exact.
    private const double WantedThickness = 8;

    // Sides are multiples of it where images are resized anyway: networks halve them several times.
    private const int SideStep = 16;

    // Least and most pixels of a reference size: less is no picture, more is too slow to validate on.
    private const double LeastArea = 96 * 96, MostAreaCpu = 1.2e6, MostAreaGpu = 6e6;

    // A class that would be thinner than this many pixels there is lost, so that images may be larger, up to the second number of pixels.
    private const double LostThickness = 2, MostAreaInTiles = 8e6;

    // The side of the tiles that such images are scored in.
    private const int Tile = 1024;

    public static void Apply(PlanDraft draft)
    {
        Size(draft);
        Color(draft);
    }

    private static void Size(PlanDraft draft)
    {
        DataFingerprint data = draft.Data;
        double native = data.MedianSide * data.MedianSide, most = draft.Machine.HasGpu ? MostAreaGpu : MostAreaCpu;
        double thickness = data.Thinnest?.Thickness ?? 1;
        double wanted = Math.Pow(WantedThickness / thickness, 2);
        bool tiles = native > most && thickness * Math.Sqrt(most) < LostThickness;
        most = tiles ? MostAreaInTiles : most;
        double area = Math.Min(Math.Clamp(wanted, Math.Min(LeastArea, native), native), most);
        bool small = Math.Min(data.MedianWidth, data.MedianHeight) < SideStep;
        bool own = area > 0.6 * native && native <= most && !small;
        (int width, int height) = own ? (data.MedianWidth, data.MedianHeight) : Sized(data, area);
        string pixels = PlanDraft.Text($"{thickness * Math.Sqrt((double)width * height):0.#}"), images = $"{data.MedianWidth}x{data.MedianHeight}";
        string thin = data.Thinnest is { } c && c.Thickness < 1 ? $"\"{c.Name}\", the thinnest class, is {pixels} pixels thick there" : "no class has an outline";
        string reason = small ? $"images of {images} are enlarged, for networks halve them several times: {thin}"
            : own ? $"the images' own size: {thin}"
            : wanted > most ? $"images of {images} are reduced to what {(draft.Machine.HasGpu ? "a GPU" : "a processor")} trains on in time, although {thin}"
            : $"images of {images} need no more: {thin}";
        if (data.LargestArea > 4 * data.SmallestArea)
        {
            reason += PlanDraft.Text($"; sizes differ {Math.Sqrt((double)data.LargestArea / data.SmallestArea):0.#}-fold, and all are brought to this area");
        }
        if (tiles)
        {
            reason += $"; training sees crops, and segml evaluate and predict take --tile-size {Tile}, which needs no more memory than a tile does";
        }
        draft.Input(i => i with { Width = width, Height = height }, reason, "width", "height");
    }

    private static (int Width, int Height) Sized(DataFingerprint data, double area)
    {
        double scale = Math.Sqrt(area) / data.MedianSide;
        return (Side(scale * data.MedianWidth), Side(scale * data.MedianHeight));

        static int Side(double pixels) => Math.Max(SideStep, (int)Math.Round(pixels / SideStep) * SideStep);
    }

    private static void Color(PlanDraft draft)
    {
        if (draft.Pipeline.Input.Bands is not null)
        {
            return;
        }
        DataFingerprint data = draft.Data;
        bool gray = data.IsGray && draft.Pipeline.Input.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr;
        if (gray)
        {
            // Mean and deviation are those of three channels, and are not taken over.
            draft.Input(i => new InputOptions { Width = i.Width, Height = i.Height, Fit = i.Fit, Normalization = i.Normalization, ColorSpace = ColorSpace.Gray601 },
                "all images are grey", "colorSpace");
        }
        if (draft.Pipeline.Input.Normalization != InputNormalization.MeanStd)
        {
            // The user knows something about the images.
            return;
        }
        if (data.IsDeep)
        {
            draft.Input(i => new InputOptions { Width = i.Width, Height = i.Height, Fit = i.Fit, ColorSpace = i.ColorSpace, Normalization = InputNormalization.ZScoreImage },
                "there are images of more than 8 bits, whose full scale is not what they use: each is normalised by its own figures", "normalization");
        }
        else if ((gray || draft.Pipeline.Input.ColorSpace == ColorSpace.Rgb))
        {
            int channels = gray ? 1 : 3;
            draft.Input(i => i with { Mean = Rounded(data.Mean.Take(channels)), Std = Rounded(data.Std.Take(channels).Select(s => Math.Max(0.01, s))) },
                "mean and deviation of the training images", "mean", "std");
        }

        static float[] Rounded(IEnumerable<double> values) => [.. values.Select(v => (float)Math.Round(v, 4))];
    }
}
