namespace SegML.Training.Planning;

/// <summary>What training fcn-light and its like costs, by a model with three constants that were measured once.</summary>
internal static class TrainingCost
{
    // Multiply-adds of a forward pass a pixel, for each square of the width: 1.73 billion at 480x360 and width 16.
    private const double OperationsPerPixel = 39;

    // Multiply-adds of forward passes that a core, or a GPU, trains in a second: forward, backward, loss and augmentation together.
    private const double CoreOperations = 8e9, GpuOperations = 1.5e12;

    // Core seconds that an update of the weights takes whatever the crops, for each square of the width: the optimizer and the calls themselves.
    private const double StepSeconds = 2e-4;

    // Bytes that a pixel of a crop holds between forward and backward pass, for each channel of the width.
    private const double BytesPerPixel = 60;

    /// <summary>Seconds of an update of the weights.</summary>
    /// <param name="machine">Where.</param>
    /// <param name="width">The network's width.</param>
    /// <param name="pixels">Pixels of all crops of the batch.</param>
    public static double Seconds(PlanMachine machine, int width, double pixels) => machine.HasGpu
        ? 0.02 + OperationsPerPixel * width * width * pixels / GpuOperations
        : (StepSeconds * width * width + OperationsPerPixel * width * width * pixels / CoreOperations) / machine.Cores;

    /// <summary>Pixels of crops that fit into the machine's memory at a time.</summary>
    public static double PixelsInMemory(PlanMachine machine, int width) => 0.4 * machine.MemoryBytes / (BytesPerPixel * width);
}
