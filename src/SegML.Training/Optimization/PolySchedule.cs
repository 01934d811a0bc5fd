namespace SegML.Training.Optimization;

/// <summary>
/// The learning rate by iteration: a linear rise over the warm-up, then a polynomial fall that reaches 0 at the end (Chen et
/// al. 2018, DeepLab: the "poly" policy).
/// </summary>
/// <param name="Peak">The learning rate at the end of the warm-up.</param>
/// <param name="WarmUp">Iterations of the warm-up; at most half of <paramref name="Iterations"/> is used.</param>
/// <param name="Iterations">Iterations of the whole run.</param>
/// <param name="Power">Exponent of the fall; 1 is linear.</param>
public sealed record PolySchedule(double Peak, int WarmUp, int Iterations, double Power)
{
    /// <summary>The learning rate of an iteration.</summary>
    /// <param name="iteration">Counted from 0.</param>
    public double At(int iteration)
    {
        int warmUp = Math.Min(WarmUp, Iterations / 2);
        if (iteration < warmUp)
        {
            return Peak * (iteration + 1) / warmUp;
        }
        double left = 1 - (double)(iteration - warmUp) / Math.Max(1, Iterations - warmUp);
        return Peak * Math.Pow(Math.Max(0, left), Power);
    }
}
