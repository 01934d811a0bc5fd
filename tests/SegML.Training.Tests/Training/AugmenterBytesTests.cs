using System.Security.Cryptography;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Tests.Training;

/// <summary>
/// A run that goes on, or is repeated, must see the samples it saw before: what scale, crop, flip and linear colour make is fixed to
/// the byte. The checksums were recorded before any other augmentation existed.
/// </summary>
[TestClass]
public sealed class AugmenterBytesTests
{
    [TestMethod]
    public void TheDefaultsMakeTheBytesTheyAlwaysMade() =>
        Assert.AreEqual("8B500BF9764D31B29F993EDD9BD8599A38CC985602FEAC583DCB5E30B88547CF", Checksum(new AugmentationOptions(), 32, 24));

    [TestMethod]
    public void StrongScaleAndColourMakeTheBytesTheyAlwaysMade() =>
        Assert.AreEqual("8F25EC2B5DAD429BF7FBDC763D47C3E0DBB3DCFF89C304D7835EEF0440359FA7",
            Checksum(new AugmentationOptions { ScaleMin = 0.3, ScaleMax = 3, Brightness = 0.5, Contrast = 0.9, Saturation = 1, ChannelGain = 0.5 }, 47, 39));

    private static string Checksum(AugmentationOptions options, int width, int height)
    {
        var augmenter = new Augmenter(options with { CropWidth = width, CropHeight = height }, new InputOptions(), 255);
        (RgbaImage scene, SegmentationMask mask) = BoxScenes.Draw(3, 40, 32);
        using var image = new RgbaImage(width, height);
        using (scene)
        {
            var sample = new Sample(40, 32, scene.Pixels.ToArray(), mask.Ids.ToArray());
            var all = new List<byte>();
            byte[] ids = new byte[width * height];
            for (int index = 0; index < 20; index++)
            {
                augmenter.Apply(sample, new SampleRandom(5, 2, index), image, ids);
                all.AddRange(image.Pixels);
                all.AddRange(ids);
            }
            return Convert.ToHexString(SHA256.HashData([.. all]));
        }
    }
}
