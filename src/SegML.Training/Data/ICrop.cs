using System.Runtime.Intrinsics;

namespace SegML.Training.Data;

/// <summary>A crop's pixels, of bytes or of floats, as the geometry fills them.</summary>
internal interface ICrop
{
    /// <summary>Sets a pixel to what lies at a place of the sample, its colour changed.</summary>
    /// <param name="pixel">Counted row by row.</param>
    /// <param name="column">Across.</param>
    /// <param name="row">Down.</param>
    void Draw(int pixel, in Tap column, in Tap row);

    /// <summary>Mixes into a pixel what lies at a place of the sample, its colour changed.</summary>
    /// <param name="pixel">Counted row by row.</param>
    /// <param name="column">Across.</param>
    /// <param name="row">Down.</param>
    /// <param name="share">How much of it, 0 to 1.</param>
    void Mix(int pixel, in Tap column, in Tap row, float share);

    /// <summary>Sets a pixel that lies outside the sample.</summary>
    void Blank(int pixel);
}

/// <summary>A crop of bytes.</summary>
/// <param name="sample">Where it is from.</param>
/// <param name="jitter">Its colour.</param>
/// <param name="pixels">Receives it.</param>
/// <param name="blank">The pixel of what lies outside.</param>
internal readonly ref struct ByteCrop(Sample sample, ColorJitter jitter, Span<uint> pixels, uint blank) : ICrop
{
    private readonly ReadOnlySpan<uint> _source = Bilinear.Pixels(sample.Rgba);
    private readonly Span<uint> _pixels = pixels;
    private readonly ColorJitter _jitter = jitter;
    private readonly int _width = sample.Width;

    public void Draw(int pixel, in Tap column, in Tap row) => _pixels[pixel] = Bilinear.Bytes(_jitter.Apply(Bilinear.At(_source, _width, column, row)));

    public void Mix(int pixel, in Tap column, in Tap row, float share)
    {
        Vector128<float> changed = _jitter.Apply(Bilinear.At(_source, _width, column, row));
        changed = Vector128.Min(Vector128.Max(changed, Vector128<float>.Zero), Vector128.Create(255f));
        _pixels[pixel] = Bilinear.Bytes(Bilinear.Mix(Bilinear.Floats(_pixels[pixel]), changed, share));
    }

    public void Blank(int pixel) => _pixels[pixel] = blank;
}

/// <summary>A crop of floats. Three channels are a colour and change like one; other bands keep their balance: contrast and brightness alone.</summary>
/// <param name="sample">Where it is from.</param>
/// <param name="jitter">Its colour.</param>
/// <param name="range">What full scale is.</param>
/// <param name="values">Receives it.</param>
/// <param name="blank">The values of what lies outside.</param>
internal readonly ref struct DeepCrop(Sample sample, ColorJitter jitter, ValueRange range, Span<float> values, float[] blank) : ICrop
{
    private readonly ReadOnlySpan<float> _source = sample.Values;
    private readonly Span<float> _values = values;
    private readonly ColorJitter _jitter = jitter;
    private readonly int _width = sample.Width, _channels = sample.Channels;

    public void Draw(int pixel, in Tap column, in Tap row) => Read(_values.Slice(pixel * _channels, _channels), column, row);

    public void Mix(int pixel, in Tap column, in Tap row, float share)
    {
        Span<float> changed = stackalloc float[_channels], to = _values.Slice(pixel * _channels, _channels);
        Read(changed, column, row);
        for (int c = 0; c < to.Length; c++)
        {
            to[c] = Mix(to[c], changed[c], share);
        }
    }

    public void Blank(int pixel) => blank.CopyTo(_values.Slice(pixel * _channels, _channels));

    private void Read(Span<float> to, in Tap column, in Tap row)
    {
        int top = row.First * _width, bottom = row.Second * _width;
        for (int c = 0; c < to.Length; c++)
        {
            float upper = Mix(At(top + column.First, c), At(top + column.Second, c), column.Share);
            float lower = Mix(At(bottom + column.First, c), At(bottom + column.Second, c), column.Share);
            to[c] = range.ToLevel(Mix(upper, lower, row.Share), c);
        }
        if (_channels == 3)
        {
            Vector128<float> changed = _jitter.Apply(Vector128.Create(to[0], to[1], to[2], 0));
            (to[0], to[1], to[2]) = (changed[0], changed[1], changed[2]);
        }
        else
        {
            for (int c = 0; c < to.Length; c++)
            {
                to[c] = to[c] * _jitter.Contrast + _jitter.Offset;
            }
        }
        for (int c = 0; c < to.Length; c++)
        {
            to[c] = range.ToValue(to[c], c);
        }
    }

    private float At(int pixel, int channel) => _source[pixel * _channels + channel];

    private static float Mix(float a, float b, float share) => a + (b - a) * share;
}
