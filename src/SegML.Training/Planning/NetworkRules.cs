using System.Text.Json.Nodes;
using SegML.Colors;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>Which network, and how wide.</summary>
internal static class NetworkRules
{
    // A network is as wide as leaves time for this many updates on batches of the least crops.
    private const int WantedSteps = 1500, LeastBatch = 8, LeastCrop = 128;

    // With fewer images, wider networks learn them by heart sooner and generalise no better.
    private const int FewImages = 40;

    // Features that the last layer is to have for each class.
    private const double FeaturesAClass = 0.5;

    // Below this weights from ImageNet bring the most: 0.06 to 0.1 of mean IoU on 50 of CamVid's frames.
    private const int HelpedByImageNet = 400;

    // Thicker classes lose nothing when the network's logits come at a quarter of the resolution.
    private const double ThickPixels = 16;

    public static void Apply(PlanDraft draft)
    {
        int[] widths = draft.Machine.HasGpu ? [32, 24, 16] : draft.Data.Images < FewImages ? [16, 12, 8] : [24, 16, 12, 8];
        double pixels = LeastBatch * Math.Min(draft.Side * draft.Side, LeastCrop * LeastCrop);
        double thickness = (draft.Data.Thinnest?.Thickness ?? 1) * draft.Side;
        int stride = thickness >= ThickPixels ? 4 : 2;
        // The last layer before the scores has width channels at 1/2 and twice as many at 1/4.
        int classes = draft.Data.Present.Count();
        int[] able = [.. widths.Where(w => w * stride / 2 >= FeaturesAClass * classes).DefaultIfEmpty(widths[0])];
        int width = able.FirstOrDefault(w => draft.Seconds >= WantedSteps * TrainingCost.Seconds(draft.Machine, w, pixels), able[^1]);
        draft.Width = width;
        string why = width == widths[0] && able.Length > 1
            ? draft.Machine.HasGpu ? "a GPU trains it in the time there is" : PlanDraft.Text($"as wide as {draft.Data.Images.Of("image")} warrant, and {draft.Machine.Cores} cores train it in time")
            : width == able[^1] && able.Length < widths.Length ? PlanDraft.Text($"narrower, it would have too few features to tell {classes} classes apart")
            : PlanDraft.Text($"the widest that {draft.Machine.Cores} cores can update {WantedSteps} times in the time there is");
        draft.Network(
            new NetworkOptions { Name = "fcn-light", Options = new JsonObject { ["width"] = width, ["decoderStride"] = stride } },
            PlanDraft.Text($"made for processors; {why}; the thinnest class has {thickness:0.#} pixels, which the decoder's 1/{stride} resolution keeps{ImageNet(draft)}"),
            "name", "options.width", "options.decoderStride");
    }

    private static string ImageNet(PlanDraft draft) =>
        draft.Data.Images < HelpedByImageNet && draft.Pipeline.Input is { Bands: null, ColorSpace: ColorSpace.Rgb or ColorSpace.Bgr }
            ? $"; of {draft.Data.Images.Of("photo")} resnet-light learns more with \"training.encoderWeights\": \"imagenet\", in some 1.5 times the time: see README of SegML.Training"
            : "";
}
