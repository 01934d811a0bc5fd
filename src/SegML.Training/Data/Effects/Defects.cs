using SegML.Images;
using SegML.Pipelines;

namespace SegML.Training.Data.Effects;

/// <summary>What goes wrong between the light and the file, in that order: shadow, tone curve, blur, noise, JPEG, and something in the way.</summary>
internal static class Defects
{
    /// <summary>Applies those that are drawn, in place.</summary>
    /// <param name="image">The crop.</param>
    /// <param name="ids">Its ids; cut out ones become ignored.</param>
    /// <param name="options">What is drawn.</param>
    /// <param name="random">Decides everything; each defect takes a sequence of its own.</param>
    /// <param name="blank">The pixel and the id of what is cut out.</param>
    public static void Apply(RgbaImage image, Span<byte> ids, AugmentationOptions options, SampleRandom random, (uint Pixel, byte Id) blank)
    {
        if (Happens(options.Shadow, RandomStream.Shadow, out SampleRandom shadow))
        {
            Shadow.Apply(image, options.Shadow, ref shadow);
        }
        if (options.Gamma > 0)
        {
            SampleRandom gamma = random.Fork(RandomStream.Gamma);
            ToneCurve.Apply(image, options.Gamma, ref gamma);
        }
        if (Happens(options.Blur, RandomStream.Blur, out SampleRandom blur))
        {
            GaussianBlur.Apply(image, blur.Between(0, options.Blur));
        }
        if (Happens(options.Noise, RandomStream.Noise, out SampleRandom noise))
        {
            GaussianNoise.Apply(image, options.Noise, ref noise);
        }
        if (Happens(options.JpegQuality, RandomStream.Jpeg, out SampleRandom jpeg))
        {
            JpegArtefacts.Apply(image, options.JpegQuality, ref jpeg);
        }
        if (Happens(options.Cutout, RandomStream.Cutout, out SampleRandom cutout))
        {
            Cutout.Apply(image, ids, options.Cutout, ref cutout, blank);
        }

        bool Happens(double strength, RandomStream stream, out SampleRandom own)
        {
            own = random.Fork(stream);
            return strength > 0 && own.NextDouble() < options.DefectShare;
        }
    }
}
