namespace SegML.Training.Planning;

/// <summary>What training fcn-light and its like costs, by a model whose constants were measured once, on two cores with bfloat16.</summary>
internal static class TrainingCost
{
    // Core seconds of a pixel of a crop: augmentation, loss and what else does not depend on the width, and what grows with its square.
    private const double PixelSeconds = 3.3e-7, SquaredPixelSeconds = 1.5e-9;

    // Core seconds of an update of the weights whatever the crops, for each square of the width: the optimizer, mostly.
    private const double StepSeconds = 4e-4;

    // How many cores a GPU computes as fast as, and its seconds an update whatever the crops: not measured, a careful guess.
    private const double GpuCores = 100, GpuStepSeconds = 0.03;

    // Bytes that a pixel of a crop holds between forward and backward pass, for each channel of the width.
    private const double BytesPerPixel = 60;

    /// <summary>Seconds of an update of the weights.</summary>
    /// <param name="machine">Where.</param>
    /// <param name="width">The network's width.</param>
    /// <param name="pixels">Pixels of all crops of the batch.</param>
    public static double Seconds(PlanMachine machine, int width, double pixels)
    {
        double square = (double)width * width, learning = pixels * (PixelSeconds + SquaredPixelSeconds * square);
        return machine.HasGpu ? GpuStepSeconds + learning / GpuCores : (StepSeconds * square + learning) / machine.Cores;
    }

    /// <summary>Pixels of crops that fit into the machine's memory at a time.</summary>
    public static double PixelsInMemory(PlanMachine machine, int width) => 0.4 * machine.MemoryBytes / (BytesPerPixel * width);
}
