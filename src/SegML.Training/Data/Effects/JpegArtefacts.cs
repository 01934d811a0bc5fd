using SegML.Images;

namespace SegML.Training.Data.Effects;

/// <summary>Encodes an image as JPEG and decodes it again.</summary>
internal static class JpegArtefacts
{
    private const int BestQuality = 95;

    /// <param name="image">Changed in place.</param>
    /// <param name="leastQuality">1 to 95; the image's quality is drawn from it to 95.</param>
    /// <param name="random">Decides it.</param>
    public static void Apply(RgbaImage image, int leastQuality, ref SampleRandom random)
    {
        int quality = leastQuality + random.Below(BestQuality - leastQuality + 1);
        using RgbaImage decoded = ImageFile.Decode(ImageFile.EncodeJpeg(image, quality), "augmented sample");
        decoded.Pixels.CopyTo(image.Pixels);
    }
}
