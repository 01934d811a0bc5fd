using SegML.Pipelines;

namespace SegML.Tests.Pipelines;

[TestClass]
public sealed class InputOptionsTests
{
    [TestMethod]
    [DataRow(480, 360, 480, 360)]
    [DataRow(960, 720, 480, 360)]
    [DataRow(3000, 4000, 360, 480)]
    [DataRow(400, 400, 416, 416)]
    [DataRow(1, 1, 416, 416)]
    [DataRow(333, 77, 864, 200)]
    [DataRow(1, 10000, 16, 1920)]
    [DataRow(10000, 1, 1920, 16)]
    public void AnImageKeepsItsAspectWithinReason(int width, int height, int expectedWidth, int expectedHeight) =>
        Assert.AreEqual((expectedWidth, expectedHeight), new InputOptions().SizeFor(width, height));

    [TestMethod]
    public void StretchingTakesTheReferenceSize() =>
        Assert.AreEqual((480, 360), new InputOptions { Fit = InputFit.Stretch }.SizeFor(3, 4000));

    [TestMethod]
    public void AReferenceBelowSixteenIsTakenAtItsWord() =>
        Assert.AreEqual((8, 8), new InputOptions { Width = 8, Height = 8 }.SizeFor(8, 8));

    [TestMethod]
    public void NumbersOutOfRangeAreRefused()
    {
        Refused(new InputOptions { Width = 7 });
        Refused(new InputOptions { Height = 16385 });
        Refused(new InputOptions { Mean = [0, 0] });
        Refused(new InputOptions { Mean = [0, 0, float.NaN] });
        Refused(new InputOptions { Std = [1, 0, 1] });
        Refused(new InputOptions { Std = [1, float.PositiveInfinity, 1] });
    }

    private static void Refused(InputOptions input) => Assert.ThrowsExactly<PipelineFormatException>(() => input.Validate("street.json"));
}
