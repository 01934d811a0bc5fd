namespace SegML.Pipelines;

/// <summary>Keys of pipeline files that have moved, and where to.</summary>
internal static class MovedKeys
{
    private static readonly Dictionary<string, string> Places = new(StringComparer.Ordinal)
    {
        ["training.momentum"] = "training.muon.momentum, training.sgd.momentum or training.rmsprop.momentum",
        ["training.nesterov"] = "training.sgd.nesterov",
        ["training.beta1"] = "training.adam.beta1",
        ["training.beta2"] = "training.adam.beta2",
        ["training.epsilon"] = "training.adam.epsilon or training.rmsprop.epsilon",
        ["training.rmspropAlpha"] = "training.rmsprop.alpha",
    };

    /// <summary>Where a key is now; null: it never was.</summary>
    /// <param name="path">The key path: "training.momentum".</param>
    public static string? Find(string path) => Places.GetValueOrDefault(path);
}
