using System.Text.Json.Nodes;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>Which network, and how wide.</summary>
internal static class NetworkRules
{
    // A network is as wide as leaves time for this many updates on batches of the least crops.
    private const int WantedSteps = 1500, LeastBatch = 8, LeastCrop = 128;

    // With fewer images, wider networks learn them by heart sooner and generalise no better.
    private const int FewImages = 40;

    // Thicker classes lose nothing when the network's logits come at a quarter of the resolution.
    private const double ThickPixels = 16;

    public static void Apply(PlanDraft draft)
    {
        int[] widths = draft.Machine.HasGpu ? [32, 24, 16] : draft.Data.Images < FewImages ? [16, 12, 8] : [24, 16, 12, 8];
        double pixels = LeastBatch * Math.Min(draft.Side * draft.Side, LeastCrop * LeastCrop);
        int width = widths.FirstOrDefault(w => draft.Seconds >= WantedSteps * TrainingCost.Seconds(draft.Machine, w, pixels), widths[^1]);
        double thickness = (draft.Data.Thinnest?.Thickness ?? 1) * draft.Side;
        int stride = thickness >= ThickPixels ? 4 : 2;
        draft.Width = width;
        string why = width == widths[0]
            ? draft.Machine.HasGpu ? "a GPU trains it in the time there is" : PlanDraft.Text($"as wide as {draft.Data.Images} images warrant, and {draft.Machine.Cores} cores train it in time")
            : PlanDraft.Text($"the widest that {draft.Machine.Cores} cores can update {WantedSteps} times in the time there is");
        draft.Network(
            new NetworkOptions { Name = "fcn-light", Options = new JsonObject { ["width"] = width, ["decoderStride"] = stride } },
            PlanDraft.Text($"made for processors; {why}; the thinnest class has {thickness:0.#} pixels, which the decoder's 1/{stride} resolution keeps"),
            "name", "options.width", "options.decoderStride");
    }
}
