using System.Runtime.CompilerServices;

namespace SegML.Colors.Kernels;

/// <summary>A space that is a matrix away from linear RGB.</summary>
internal interface IColorMatrix
{
    /// <inheritdoc cref="IColorKernel.Channels"/>
    static abstract ColorChannel[] Channels { get; }

    /// <summary>Linear RGB to the space.</summary>
    static abstract Matrix3 FromRgb { get; }
}

internal readonly struct XyzMatrix : IColorMatrix
{
    public static ColorChannel[] Channels => [new("X", 0, 0.951f), ColorChannel.Unit("Y"), new("Z", 0, 1.09f)];

    public static Matrix3 FromRgb => RgbMatrix.ToXyz;
}

internal readonly struct LmsMatrix : IColorMatrix
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("L"), ColorChannel.Unit("M"), ColorChannel.Unit("S")];

    public static Matrix3 FromRgb => RgbMatrix.ToLms;
}

internal readonly struct MatrixKernel<TMatrix> : IColorKernel
    where TMatrix : struct, IColorMatrix
{
    private static readonly LaneMatrix Forward = new(TMatrix.FromRgb), Back = new(TMatrix.FromRgb.Inverse());

    public static ColorChannel[] Channels => TMatrix.Channels;

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb) => Forward.Apply(rgb.A, rgb.B, rgb.C);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color) => Back.Apply(color.A, color.B, color.C);
}
