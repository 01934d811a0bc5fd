using SegML.Images;

namespace SegML.Training.Data.Effects;

/// <summary>Adds a sensor's noise, each channel of each pixel on its own. Alpha stays.</summary>
internal static class GaussianNoise
{
    private const int Bits = 6, Side = 1 << Bits, Size = Side * Side, Scale = 256;

    // Equally likely values that are normally distributed: Box and Muller's map over a regular grid.
    private static readonly float[] _normal = Normal();

    /// <param name="image">Changed in place.</param>
    /// <param name="greatest">Greatest standard deviation, as a share of full scale; the image's is drawn below it.</param>
    /// <param name="random">Decides everything.</param>
    public static void Apply(RgbaImage image, double greatest, ref SampleRandom random)
    {
        float deviation = (float)(255 * random.Between(0, greatest));
        Span<int> table = stackalloc int[Size];
        for (int i = 0; i < Size; i++)
        {
            table[i] = (int)MathF.Round(_normal[i] * deviation * Scale);
        }
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            ulong bits = random.Next();
            pixels[i] = Noisy(pixels[i], table[(int)(bits >> 52)]);
            pixels[i + 1] = Noisy(pixels[i + 1], table[(int)(bits >> 40) & Size - 1]);
            pixels[i + 2] = Noisy(pixels[i + 2], table[(int)(bits >> 28) & Size - 1]);
        }

        static byte Noisy(byte value, int noise) => (byte)Math.Clamp(value + (noise + Scale / 2 >> 8), 0, 255);
    }

    private static float[] Normal()
    {
        var values = new float[Size];
        for (int i = 0; i < Size; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log((i / Side + 0.5) / Side)), angle = 2 * Math.PI * (i % Side + 0.5) / Side;
            values[i] = (float)(radius * Math.Cos(angle));
        }
        return values;
    }
}
