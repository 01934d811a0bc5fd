namespace SegML.Training.Planning;

/// <summary>How samples are changed: as much as images differ from each other, and the more often each is seen.</summary>
internal static class AugmentationRules
{
    // Halves that share the classes this much alike show that images have no upper side, or no left one.
    private const double Alike = 0.08;

    // Seen this often, an image is changed as much as rules allow; seen once, hardly.
    private const double ManyPasses = 100;

    // The probability of a turn with which all four directions are as likely.
    private const double AllDirections = 0.75;

    // A class in fewer images than this share of them is met seldom, however crops are aimed.
    private const double SeldomImage = 0.25;

    // A class that is in fewer crops than this share of them is aimed at.
    private const double SeldomInCrop = 0.5;

    public static void Apply(PlanDraft draft)
    {
        double strength = Math.Clamp(Math.Log(Math.Max(1, draft.Passes)) / Math.Log(ManyPasses), 0.2, 1);
        string seen = PlanDraft.Text($"each image is seen {draft.Passes:0.#} times");
        Geometry(draft, strength, seen);
        Light(draft, strength, seen);
        Aim(draft);
    }

    private static void Geometry(PlanDraft draft, double strength, string seen)
    {
        DataFingerprint data = draft.Data;
        double up = Math.Round(1 + 0.4 * strength, 2), down = Math.Round(1 / (1 + 0.25 * strength), 2);
        draft.Augment(a => a with { ScaleMin = down, ScaleMax = up }, seen, "scaleMin", "scaleMax");
        bool flips = data.LeftRightDifference < 2 * Alike;
        draft.Augment(a => a with { Flip = flips ? 0.5 : 0 },
            PlanDraft.Text($"classes lie {(flips ? "alike" : "differently")} in left and right halves ({data.LeftRightDifference:0%} differ)"), "flip");
        bool free = data.TopBottomDifference < Alike && data.LeftRightDifference < Alike;
        string halves = PlanDraft.Text($"classes lie {(free ? "alike" : "differently")} in top and bottom halves ({data.TopBottomDifference:0%} differ)");
        draft.Augment(a => a with { VerticalFlip = free ? 0.5 : 0, Rotate90 = free ? AllDirections : 0 },
            free ? $"{halves}: images have no upper side, and turns by 90 degrees blur nothing" : halves, "verticalFlip", "rotate90");
        double rotation = Math.Round((free ? 45 : 10) * strength);
        draft.Augment(a => a with { Rotation = rotation }, free ? $"the angles between; {seen}" : $"cameras are held nearly level; {seen}", "rotation");
    }

    private static void Light(PlanDraft draft, double strength, string seen)
    {
        DataFingerprint data = draft.Data;
        double brightness = Math.Round(Math.Min(0.2, Math.Max(0.02, data.BrightnessSpread) * strength), 3);
        double contrast = Math.Round(Math.Min(0.3, Math.Max(0.05, data.ContrastSpread) * strength), 3);
        double color = data.IsGray ? 0 : Math.Round(0.1 * strength, 3);
        draft.Augment(a => a with { Brightness = brightness, Contrast = contrast, Saturation = color, ChannelGain = data.IsGray ? 0 : Math.Round(0.05 * strength, 3) },
            PlanDraft.Text($"images differ by {data.BrightnessSpread:0.##} in brightness and {data.ContrastSpread:0%} in contrast; {seen}"),
            "brightness", "contrast", "saturation", "channelGain");
    }

    private static void Aim(PlanDraft draft)
    {
        double shown = Math.Min(1, draft.BatchPixels / draft.Training.BatchSize / (draft.Side * draft.Side));
        ClassFingerprint? seldom = draft.Data.Present.Where(c => LossRules.Relative(draft.Data, c) < 0.5).MinBy(c => c.Images);
        bool aims = seldom is not null && seldom.Images * Math.Sqrt(shown) < SeldomInCrop;
        draft.Augment(a => a with { RareShare = aims ? 0.5 : 0 },
            seldom is null ? "no class is rare"
                : PlanDraft.Text($"\"{seldom.Name}\" is in {seldom.Images:0%} of the images, and a crop shows {shown:0%} of one"), "rareShare");
        ClassFingerprint? few = draft.Data.Present.MinBy(c => c.Images);
        bool repeats = few is not null && few.Images < SeldomImage;
        draft.Train(t => t with { OversampleThreshold = repeats ? SeldomImage : 0 },
            few is null ? "no class occurs"
                : PlanDraft.Text($"\"{few.Name}\" is in {few.Images:0%} of the images")
                + (repeats ? PlanDraft.Text($", which are drawn {Math.Sqrt(SeldomImage / few.Images):0.#} times as often") : ", often enough"), "oversampleThreshold");
    }
}
