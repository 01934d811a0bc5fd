namespace SegML.Training.Planning;

/// <summary>How much of how many images an update sees, and how many updates there are.</summary>
internal static class BatchRules
{
    // Enough updates for a network with random weights on most tasks; more are taken where time is left.
    private const int WantedSteps = 3000, MostSteps = 8000, FewestSteps = 100;

    private const int WantedBatch = 8, LeastBatch = 4, MostBatch = 16;

    private const int LeastCrop = 96, MostCropCpu = 288, MostCropGpu = 512, SideStep = 32;

    // A crop that would show this much of an image shows all of it.
    private const double NearlyWhole = 0.7;

    public static void Apply(PlanDraft draft)
    {
        double whole = draft.Side * draft.Side, most = Math.Pow(draft.Machine.HasGpu ? MostCropGpu : MostCropCpu, 2);
        double pixels = Math.Min(Affordable(draft), TrainingCost.PixelsInMemory(draft.Machine, draft.Width));
        double area = Math.Clamp(pixels / WantedBatch, Math.Min(whole, LeastCrop * LeastCrop), Math.Min(whole, most));
        (int width, int height) = Crop(draft, area);
        int batch = (int)Math.Clamp(pixels / ((double)width * height), LeastBatch, MostBatch);
        batch = batch > WantedBatch ? batch / 4 * 4 : batch;
        double seconds = TrainingCost.Seconds(draft.Machine, draft.Width, (double)batch * width * height);
        draft.Steps = (int)Math.Clamp(draft.Seconds / seconds, FewestSteps, MostSteps);
        bool all = width == draft.Pipeline.Input.Width && height == draft.Pipeline.Input.Height;
        draft.Augment(a => a with { CropWidth = width, CropHeight = height },
            all ? "a batch of whole images fits time and memory"
                : PlanDraft.Text($"an image has {whole / (width * height):0.#} times as many pixels: crops leave time for {draft.Steps} updates"),
            "cropWidth", "cropHeight");
        draft.Train(t => t with { BatchSize = batch, Accumulate = 1 },
            PlanDraft.Text($"an update then takes about {1000 * seconds:0} ms and {draft.BatchPixels * draft.Width * 60 / 1e9:0.0} GB"), "batchSize");
    }

    /// <summary>Pixels of a batch with which the wanted updates fit into the time, but enough that no update costs more than what it learns from.</summary>
    private static double Affordable(PlanDraft draft)
    {
        double perStep = draft.Seconds / WantedSteps, fixedPart = TrainingCost.Seconds(draft.Machine, draft.Width, 0);
        double perPixel = TrainingCost.Seconds(draft.Machine, draft.Width, 1) - fixedPart;
        return Math.Max(fixedPart, perStep - fixedPart) / perPixel;
    }

    private static (int Width, int Height) Crop(PlanDraft draft, double area)
    {
        (int width, int height) = (draft.Pipeline.Input.Width, draft.Pipeline.Input.Height);
        if (area >= NearlyWhole * width * height)
        {
            return (width, height);
        }
        double side = Math.Sqrt(area);
        // A side that is longer than the image is given to the other one.
        return side > height ? (Side(area / height, width), height) : side > width ? (width, Side(area / width, height)) : (Side(side, width), Side(side, height));

        static int Side(double pixels, int image) => Math.Min(image, Math.Max(SideStep, (int)Math.Round(pixels / SideStep) * SideStep));
    }
}
