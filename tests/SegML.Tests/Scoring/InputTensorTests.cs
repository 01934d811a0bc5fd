using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class InputTensorTests
{
    private static readonly float[] Mean = [0.485f, 0.4f, 0.3f];
    private static readonly float[] Std = [0.229f, 0.3f, 0.5f];

    [TestMethod]
    [DataRow(ColorSpace.Rgb)]
    [DataRow(ColorSpace.Bgr)]
    public void ValuesAreNormalisedInTheOrderAsked(ColorSpace order)
    {
        using RgbaImage image = TestImages.Noise(19, 5, seed: 3, opaque: false);
        var input = new InputOptions { ColorSpace = order, Mean = Mean, Std = Std };
        float[] planes = new float[3 * 19 * 5];
        InputTensor.Fill(image, input, planes);
        for (int c = 0; c < 3; c++)
        {
            int channel = order == ColorSpace.Rgb ? c : 2 - c;
            for (int i = 0; i < 19 * 5; i++)
            {
                double expected = (image.Pixels[4 * i + channel] / 255.0 - Mean[c]) / Std[c];
                Assert.AreEqual(expected, planes[c * 19 * 5 + i], 1e-6);
            }
        }
    }

    [TestMethod]
    [DataRow(ColorSpace.Rgb)]
    [DataRow(ColorSpace.Bgr)]
    public void BothLayoutsHoldTheSameNumbers(ColorSpace order)
    {
        using RgbaImage image = TestImages.Noise(67, 31, seed: 3, opaque: false);
        var input = new InputOptions { ColorSpace = order, Mean = Mean, Std = Std };
        int pixels = 67 * 31;
        float[] planes = new float[3 * pixels], interleaved = new float[3 * pixels];
        InputTensor.Fill(image, input, planes);
        InputTensor.Fill(image, input, interleaved, TensorLayout.Nhwc);
        for (int i = 0; i < 3 * pixels; i++)
        {
            Assert.AreEqual(planes[i], interleaved[i % pixels * 3 + i / pixels]);
        }
    }

    [TestMethod]
    public void ADestinationOfAnotherLengthIsRefused()
    {
        using RgbaImage image = TestImages.Noise(4, 4, seed: 3, opaque: false);
        Assert.ThrowsExactly<ArgumentException>(() => InputTensor.Fill(image, new InputOptions(), new float[47]));
    }
}
