namespace SegML.Onnx;

/// <summary>How far a model and a module are apart, module by module in the order of the run.</summary>
public sealed record OnnxParityReport
{
    /// <summary>The comparison after each module that the model has a value for.</summary>
    public required IReadOnlyList<ModuleParity> Modules { get; init; }

    /// <summary>Calls whose result the model does not hold: folded into the next one (a convolution before a batch normalisation).</summary>
    public required IReadOnlyList<string> NotCompared { get; init; }

    /// <summary>The largest difference that counts as equal, as a share of the module output's largest magnitude.</summary>
    public required double Tolerance { get; init; }

    /// <summary>The first module whose output diverges; null when none does.</summary>
    public ModuleParity? FirstDivergent => Diverging(Modules, Tolerance);

    internal static ModuleParity? Diverging(IReadOnlyList<ModuleParity> modules, double tolerance)
    {
        // What is left when large values cancel out is rounding, however small it is.
        double rounding = 1e-6 * modules.Where(m => m.Finite).Select(m => m.Range).DefaultIfEmpty().Max();
        return modules.FirstOrDefault(m => m.Finite && !(m.MaxDifference <= Math.Max(tolerance * m.Range, rounding)));
    }
}

/// <summary>The comparison of one module's output.</summary>
/// <param name="Name">The call, as the graph names it: <c>encoder/layer1/conv</c>.</param>
/// <param name="ModuleType">The module's type: <c>Conv2d</c>.</param>
/// <param name="MaxDifference">The largest absolute difference; infinite when shapes differ, or where a side is NaN or only one is infinite.</param>
/// <param name="Range">The largest magnitude of TorchSharp's values.</param>
/// <param name="Expected">TorchSharp's value where the difference is largest.</param>
/// <param name="Actual">ONNX Runtime's value there.</param>
public sealed record ModuleParity(string Name, string ModuleType, double MaxDifference, double Range, double Expected, double Actual)
{
    /// <summary>Whether TorchSharp's values are finite: where they are not (masks of attention), a difference says nothing.</summary>
    internal bool Finite { get; init; } = true;
}
