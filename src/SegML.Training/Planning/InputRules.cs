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
        double area = Math.Min(Math.Clamp(wanted, Math.Min(LeastArea, native), native), most);
        bool own = area > 0.6 * native && native <= most;
        (int width, int height) = own ? (data.MedianWidth, data.MedianHeight) : Sized(data, area);
        string pixels = PlanDraft.Text($"{thickness * Math.Sqrt((double)width * height):0.#}"), images = $"{data.MedianWidth}x{data.MedianHeight}";
        string thin = data.Thinnest is { } c && c.Thickness < 1 ? $"\"{c.Name}\", the thinnest class, is {pixels} pixels thick there" : "no class has an outline";
        string reason = own ? $"the images' own size: {thin}"
            : wanted > most ? $"images of {images} are reduced to what {(draft.Machine.HasGpu ? "a GPU" : "a processor")} trains on in time, although {thin}"
            : $"images of {images} need no more: {thin}";
        if (data.LargestArea > 4 * data.SmallestArea)
        {
            reason += PlanDraft.Text($"; sizes differ {Math.Sqrt((double)data.LargestArea / data.SmallestArea):0.#}-fold, and all are brought to this area");
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
        if (draft.Data.IsGray && draft.Pipeline.Input.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr)
        {
            float mean = (float)Math.Round(draft.Data.Mean[0], 4), std = (float)Math.Round(Math.Max(0.01, draft.Data.Std[0]), 4);
            draft.Input(i => i with { ColorSpace = ColorSpace.Gray601, Mean = [mean], Std = [std] },
                "all images are grey; mean and deviation are theirs", "colorSpace", "mean", "std");
        }
        else if (draft.Pipeline.Input.ColorSpace == ColorSpace.Rgb && draft.Data.Std.Count == 3)
        {
            draft.Input(i => i with
            {
                Mean = [.. draft.Data.Mean.Select(m => (float)Math.Round(m, 4))],
                Std = [.. draft.Data.Std.Select(s => (float)Math.Round(Math.Max(0.01, s), 4))],
            }, "mean and deviation of the training images", "mean", "std");
        }
    }
}
