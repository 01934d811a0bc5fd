using SegML.Annotations;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Masks;

/// <summary>What the values of masks stand for that do not hold class ids: 0 and 255, RGB files of grey levels, one class against the rest.</summary>
[TestClass]
public class MaskValueTests
{
    private const byte Ignored = 255;

    [TestMethod]
    [DataRow("", 0, 8, new[] { 0, 255, 255 }, new byte[] { 0, 1, 1 }, DisplayName = "grey, 0 and 255")]
    [DataRow("", 0, 8, new[] { 255, 255 }, new byte[] { 1, 1 }, DisplayName = "grey, all foreground")]
    [DataRow("", 0, 16, new[] { 0, 65535 }, new byte[] { 0, 1 }, DisplayName = "16 bits, 0 and 65535")]
    [DataRow("", 4, 8, new[] { 0, 255 }, new byte[] { 0, 1 }, DisplayName = "grey and alpha")]
    [DataRow("", 2, 8, new[] { 0, 255 }, new byte[] { 0, 1 }, DisplayName = "RGB, black and white")]
    [DataRow("", 6, 8, new[] { 255, 0 }, new byte[] { 1, 0 }, DisplayName = "RGBA, black and white")]
    [DataRow("", 2, 8, new[] { 0, 1, 1 }, new byte[] { 0, 1, 1 }, DisplayName = "RGB of class ids")]
    [DataRow("", 0, 8, new[] { 0, 1, 255 }, new byte[] { 0, 1, Ignored }, DisplayName = "1 says that 255 is ignored")]
    [DataRow("", 3, 8, new[] { 0, 255 }, new byte[] { 0, Ignored }, DisplayName = "an index of 255 is no white")]
    [DataRow("\"ignore\": { \"id\": 255 },", 0, 8, new[] { 0, 255 }, new byte[] { 0, Ignored }, DisplayName = "the file says ignored")]
    public void WhiteIsTheSecondOfTwoClassesUnlessThePipelineOrTheMaskSaysOtherwise(
        string ignore, int kind, int depth, int[] values, byte[] ids)
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = PipelineFile.Read(folder.File("p.json", System.Text.Encoding.UTF8.GetBytes(
            $$"""{ "name": "p", {{ignore}} "classes": [ { "id": 0, "name": "a" }, { "id": 1, "name": "b" } ] }""")));
        Pipeline again = PipelineFile.Read(folder.File("again.json", System.Text.Encoding.UTF8.GetBytes(PipelineFile.ToJson(pipeline))));
        foreach (ClassSet classes in new[] { pipeline.Classes, again.Classes })
        {
            CollectionAssert.AreEqual(ids, Read(folder, classes, kind, depth, values));
        }
    }

    [TestMethod]
    public void AClassMayClaim255AndTheDefaultIgnoreIndexGivesWay()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = Classes(null, ["255"]);
        Assert.AreEqual(Ignored, classes.IgnoreIndex);
        CollectionAssert.AreEqual(new byte[] { 0, 1 }, Read(folder, classes, 0, 8, [0, 255]));
        var e = Assert.ThrowsExactly<PipelineFormatException>(() => new ClassSet(classes.Classes, new IgnoreClass { From = ["255"] }));
        StringAssert.Contains(e.Message, "maps \"255\" to two classes");
    }

    [TestMethod]
    public void WhatAMaskOfTwoClassesWritesReadsBackWithItsIgnoredPixels()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = Classes(null, null);
        MaskFile.Write(folder.File("m.png"), new SegmentationMask(3, 1, [0, Ignored, 0], classes));
        CollectionAssert.AreEqual(new byte[] { 0, Ignored, 0 }, MaskFile.Read(folder.File("m.png"), classes).Ids.ToArray());
    }

    [TestMethod]
    public void MasksThatTake255ForTwoThingsAreRefusedWithBothWaysOut()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = Classes(null, null);
        string ids = folder.File("ids.png", Row(0, 8, [0, 1, 255])), binary = folder.File("binary.png", Row(0, 8, [0, 255]));
        MaskFile.Read(ids, classes);
        MaskFile.Read(folder.File("plain.png", Row(0, 8, [0, 1])), classes);
        var e = Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.Read(binary, classes));
        Assert.AreEqual($"{ids} holds 1 and 255 where {binary} holds 255 without 1: ignored pixels or the class b; "
            + "write \"ignore\": { \"id\": 255 }, or \"from\": [1, 255] at b, in classes", e.Message);
        string image = folder.File("i.png", Row(0, 8, [0, 0, 0]));
        DatasetReport report = DatasetCheck.Run([new(image, ids), new(image, binary)], Classes(null, null));
        Assert.AreEqual(e.Message, report.Findings.Single(f => f.Kind == FindingKind.UnknownValue).Message);
    }

    [TestMethod]
    public void ACheckCountsWhatTrainingReads()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = Classes(null, null);
        string image = folder.File("i.png", Row(0, 8, [0, 0, 0])), mask = folder.File("m.png", Row(2, 8, [0, 255, 255]));
        DatasetReport report = DatasetCheck.Run([new(image, mask)], classes);
        Assert.IsEmpty(report.Findings);
        CollectionAssert.AreEqual(new long[] { 1, 2 }, report.ClassPixels.ToArray());
    }

    [TestMethod]
    public void OneClassStandsAgainstAllTheRest()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = Classes(["*"], ["8", "#00ff00", "Pole"]);
        CollectionAssert.AreEqual(new byte[] { 0, 1, 0, 0, Ignored }, Read(folder, classes, 0, 8, [0, 8, 9, 254, 255]));
        CollectionAssert.AreEqual(new byte[] { 0, 1, 0 }, Read(folder, classes, 0, 16, [4000, 8, 65535]));
        CollectionAssert.AreEqual(new byte[] { 0, 1, 0 }, ReadColors(folder, classes, [0, 0x00FF00, 0x123456]));
        Assert.IsTrue(classes.TryFromName("pole", out byte pole) && classes.TryFromName("tree", out byte tree) && (pole, tree) == (1, 0));
        Assert.IsTrue(AnnotationRasterizer.TryId(new LineShape("8", [], 1), classes, out byte eight) && eight == 1);
    }

    [TestMethod]
    public void AllThatNoClassClaimsMayBeIgnored()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = new(Classes(["3"], ["4"]).Classes, new IgnoreClass { From = ["*"] });
        CollectionAssert.AreEqual(new byte[] { 0, 1, Ignored, Ignored }, Read(folder, classes, 0, 8, [3, 4, 5, 255]));
        var e = Assert.ThrowsExactly<PipelineFormatException>(() => Classes(["*"], ["*"]));
        StringAssert.Contains(e.Message, "has \"*\" under \"from\" twice");
    }

    [TestMethod]
    public void AValueOfNoClassIsAnsweredWithWhatToWrite()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = Classes(null, ["1"]);
        var e = Assert.ThrowsExactly<MaskFormatException>(() => Read(folder, classes, 0, 8, [0, 128]));
        StringAssert.EndsWith(e.Message,
            "add it to a class's \"from\" in the pipeline file ([128], or [\"*\"] for every value that nothing else claims), to that of \"ignore\" if it should not count, or correct the mask");
    }

    private static ClassSet Classes(string[]? first, string[]? second) => new(
    [
        new() { Id = 0, Name = "a", Color = new(1, 2, 3), From = first },
        new() { Id = 1, Name = "b", Color = new(3, 2, 1), From = second },
    ]);

    private static byte[] Read(TemporaryFolder folder, ClassSet classes, int kind, int depth, int[] values) =>
        MaskFile.Read(folder.File("mask.png", Row(kind, depth, values)), classes).Ids.ToArray();

    private static byte[] ReadColors(TemporaryFolder folder, ClassSet classes, int[] colors) => MaskFile.Read(folder.File("colors.png",
        new TestPng { Width = colors.Length, Kind = 2, Sample = (x, _, c) => colors[x] >> (16 - 8 * c) & 255 }.Encode()), classes).Ids.ToArray();

    private static byte[] Row(int kind, int depth, int[] values) =>
        new TestPng { Width = values.Length, Depth = depth, Kind = kind, Sample = (x, _, _) => values[x] }.Encode();

    [TestMethod]
    [DataRow("[\"1792-2047\"]", "[\"2816-3071\"]", 1792, 2047, 2816, DisplayName = "KITTI: class * 256 + instance")]
    [DataRow("[\"1000-1999\"]", "[\"2000-2999\"]", 1001, 1999, 2000, DisplayName = "MOTS: class * 1000 + instance")]
    [DataRow("[7]", "[\"26000-26999\", 26]", 7, 7, 26, DisplayName = "Cityscapes' instanceIds: class, or class * 1000 + instance")]
    public void RangesOfValuesAreClassesOfMasksThatHoldInstances(string road, string car, int a, int b, int c)
    {
        ClassSet classes = Classes(Sources(road), Sources(car));
        byte[] ids = ValueMap.Apply(new RawMask(3, 1, new[] { (ushort)a, (ushort)b, (ushort)c }), classes, "a.png");
        CollectionAssert.AreEqual(new byte[] { 0, 0, 1 }, ids);

        static string[] Sources(string json) => [.. System.Text.Json.JsonDocument.Parse(json).RootElement.EnumerateArray().Select(e => e.ToString())];
    }

    [TestMethod]
    public void ColoursWhoseBlueIsTheInstanceAreClassesAsAde20kHasThem()
    {
        // Class R / 10 * 256 + G: 2978 is "wall" there, whose colour is (110, 162, instance).
        ClassSet classes = Classes(["#6ea2**"], ["#0a14**"]);
        CollectionAssert.AreEqual(new byte[] { 0, 0, 1 }, ValueMap.Apply(new RawMask(3, 1, [0x6EA200, 0x6EA2FF, 0x0A1407]), classes, "a.png"));
        Assert.ThrowsExactly<MaskFormatException>(() => ValueMap.Apply(new RawMask(1, 1, [0x6EA300]), classes, "a.png"));
    }

    [TestMethod]
    public void RangesThatShareAValueAreRefusedAndNamesOfTheirFormStayNames()
    {
        var e = Assert.ThrowsExactly<PipelineFormatException>(() => Classes(["1-5"], ["5-9"]));
        Assert.Contains("maps 5, which is in \"5-9\", to two classes", e.Message);
        var ages = new ClassSet([new() { Id = 0, Name = "10-20", Color = default }, new() { Id = 1, Name = "21-30", Color = default }]);
        Assert.IsTrue(ages.TryFromName("21-30", out byte id) && id == 1);
        Assert.IsFalse(ages.TryFromValue(25, out _));
    }
}
