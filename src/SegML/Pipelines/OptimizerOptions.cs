namespace SegML.Pipelines;

/// <summary>What <see cref="OptimizerKind.Adam"/> and <see cref="OptimizerKind.AdamW"/> take, and Muon for what is no matrix.</summary>
public sealed record AdamOptions
{
    /// <summary>Decay of the mean of gradients, 0 to below 1. Default 0.9 (Kingma and Ba 2015).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of their squares, 0 to below 1. Default 0.999 (Kingma and Ba 2015).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>What is added to the root of the mean square, 1e-12 to 1. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    internal void Validate(string source)
    {
        var range = new OptionRange(source, "training.adam");
        range.Within(Beta1, 0, 0.999999, "beta1");
        range.Within(Beta2, 0, 0.999999, "beta2");
        range.Within(Epsilon, 1e-12, 1, "epsilon");
    }
}

/// <summary>What <see cref="OptimizerKind.Muon"/> takes.</summary>
public sealed record MuonOptions
{
    /// <summary>Nesterov's momentum, 0 to below 1. Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    internal void Validate(string source) => new OptionRange(source, "training.muon").Within(Momentum, 0, 0.9999, "momentum");
}

/// <summary>What <see cref="OptimizerKind.Sgd"/> takes.</summary>
public sealed record SgdOptions
{
    /// <summary>Momentum, 0 to below 1. Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether the momentum looks ahead (Nesterov, as Sutskever et al. 2013 write it). Default false.</summary>
    public bool Nesterov { get; init; }

    internal void Validate(string source) => new OptionRange(source, "training.sgd").Within(Momentum, 0, 0.9999, "momentum");
}

/// <summary>What <see cref="OptimizerKind.RmsProp"/> takes.</summary>
public sealed record RmsPropOptions
{
    /// <summary>Decay of the mean of the gradients' squares, 0 to below 1. Default 0.99, as in PyTorch.</summary>
    public double Alpha { get; init; } = 0.99;

    /// <summary>Momentum, 0 to below 1. Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>What is added to the root of the mean square, 1e-12 to 1. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    internal void Validate(string source)
    {
        var range = new OptionRange(source, "training.rmsprop");
        range.Within(Alpha, 0, 0.999999, "alpha");
        range.Within(Momentum, 0, 0.9999, "momentum");
        range.Within(Epsilon, 1e-12, 1, "epsilon");
    }
}
