namespace SegML.Training.Data;

/// <summary>
/// Random numbers that depend on nothing but the keys they are made from: the same sample of the same epoch is changed in
/// the same way whatever thread prepares it, in whatever order. SplitMix64 (Steele et al. 2014).
/// </summary>
internal struct SampleRandom
{
    private ulong _state;

    public SampleRandom(int seed, int epoch, int index)
    {
        _state = (uint)seed;
        _state = Next() ^ (uint)epoch;
        _state = Next() ^ (uint)index;
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>
    /// Another sequence, which depends on this one's place and a key alone. Taking it changes nothing here: a sample's changes stay
    /// as they are when one more is turned on.
    /// </summary>
    public readonly SampleRandom Fork(RandomStream stream)
    {
        SampleRandom fork = this;
        fork._state = fork.Next() ^ (uint)stream << 8;
        fork._state = fork.Next();
        return fork;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1ul << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform in 0 .. below - 1.</summary>
    public int Below(int below) => (int)(NextDouble() * below);

    /// <summary>0 .. count - 1 in random order (Fisher and Yates).</summary>
    public static int[] Order(int seed, int epoch, int count)
    {
        var random = new SampleRandom(seed, epoch, -1);
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int other = random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }
}
