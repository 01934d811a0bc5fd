using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors;

/// <summary>Eight colours: up to four channels of eight values each.</summary>
internal readonly struct Lanes(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d = default)
{
    public readonly Vector256<float> A = a, B = b, C = c, D = d;
}

/// <summary>A 3x3 matrix for <see cref="Lanes"/>.</summary>
internal readonly struct LaneMatrix(Matrix3 m)
{
    private readonly float _11 = (float)m.M11, _12 = (float)m.M12, _13 = (float)m.M13;
    private readonly float _21 = (float)m.M21, _22 = (float)m.M22, _23 = (float)m.M23;
    private readonly float _31 = (float)m.M31, _32 = (float)m.M32, _33 = (float)m.M33;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Apply(Vector256<float> x, Vector256<float> y, Vector256<float> z) =>
        new(x * _11 + y * _12 + z * _13, x * _21 + y * _22 + z * _23, x * _31 + y * _32 + z * _33);
}
