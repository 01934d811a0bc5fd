namespace SegML.Colors.Kernels;

/// <summary>Converts pixels to and from one colour space.</summary>
internal abstract class ColorLoop
{
    // Each space names its kernel where it is declared.
    private static readonly Dictionary<ColorSpace, ColorLoop> All = Enum.GetValues<ColorSpace>().ToDictionary(space => space, space =>
        (Attribute.GetCustomAttribute(typeof(ColorSpace).GetField(space.ToString())!, typeof(ColorKernelAttribute)) as ColorKernelAttribute)?.Loop
        ?? throw new InvalidOperationException($"{space} names no kernel"));

    /// <summary>A space's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such space.</exception>
    public static ColorLoop Of(ColorSpace space) =>
        All.TryGetValue(space, out ColorLoop? loop) ? loop : throw new ArgumentOutOfRangeException(nameof(space), space, "is no colour space");

    /// <inheritdoc cref="IColorKernel.Channels"/>
    public abstract IReadOnlyList<ColorChannel> Channels { get; }

    /// <summary>Converts pixels.</summary>
    /// <param name="rgba">The pixels, red in the low byte.</param>
    /// <param name="planes">Receives the first plane from its start, the second from <paramref name="stride"/> on, and so forth.</param>
    /// <param name="stride">From a plane's start to the next one's; at least the number of pixels.</param>
    public abstract void ToPlanes(ReadOnlySpan<uint> rgba, Span<float> planes, int stride);

    /// <summary>Converts pixels that are planes of red, green and blue already, as stored, 0..1 and not rounded to bytes.</summary>
    /// <param name="rgb">Red from its start, green from <paramref name="from"/> on, blue from twice that.</param>
    /// <param name="from">From a plane's start to the next one's in <paramref name="rgb"/>.</param>
    /// <param name="count">Pixels.</param>
    /// <param name="planes">Receives the first plane from its start, the second from <paramref name="stride"/> on, and so forth.</param>
    /// <param name="stride">From a plane's start to the next one's; at least <paramref name="count"/>.</param>
    public abstract void ToPlanes(ReadOnlySpan<float> rgb, int from, int count, Span<float> planes, int stride);

    /// <summary>Converts planes that lie one after the other to pixels.</summary>
    public abstract void ToPixels(ReadOnlySpan<float> planes, Span<uint> rgba);
}

/// <summary>Names a colour space's kernel.</summary>
[AttributeUsage(AttributeTargets.Field)]
internal abstract class ColorKernelAttribute : Attribute
{
    public abstract ColorLoop Loop { get; }
}

/// <inheritdoc/>
internal sealed class ColorKernelAttribute<T> : ColorKernelAttribute
    where T : struct, IColorKernel
{
    public override ColorLoop Loop { get; } = new KernelLoop<T>();
}
