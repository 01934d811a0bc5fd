namespace SegML.Scoring;

/// <summary>The numbers that a model's network computes with. Its input and output do not depend on it.</summary>
public enum ModelPrecision
{
    /// <summary>32-bit floats, as trained.</summary>
    Fp32,

    /// <summary>16-bit floats: half the file; faster on devices that compute with them, not on usual CPUs.</summary>
    Fp16,

    /// <summary>8-bit integers with calibrated ranges: a quarter of the file, faster on CPUs.</summary>
    Int8,
}
