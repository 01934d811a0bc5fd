namespace SegML.Datasets;

/// <summary>Some of the values 0 to 255.</summary>
internal readonly record struct ValueSet(UInt128 Low, UInt128 High)
{
    /// <summary>Whether a value is one of them.</summary>
    public bool Contains(int value) => ((value < 128 ? Low >> value : High >> (value - 128)) & 1) == 1;

    /// <summary>These and one more.</summary>
    public ValueSet With(int value) => value < 128 ? this with { Low = Low | (UInt128.One << value) } : this with { High = High | (UInt128.One << (value - 128)) };

    /// <summary>These and those.</summary>
    public ValueSet With(ValueSet others) => new(Low | others.Low, High | others.High);
}
