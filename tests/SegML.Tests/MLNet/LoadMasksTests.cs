using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Tests.Masks;

namespace SegML.Tests.MLNet;

[TestClass]
public sealed class LoadMasksTests : EstimatorContract<LoadMasksTests.Input, LoadMasksTests.Output>
{
    protected override string InputColumnName => nameof(Input.MaskPath);

    protected override string OutputColumnName => nameof(Output.Mask);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => new Input { Id = i, MaskPath = MaskFileOf(i) })];

    protected override Input BadRow => new() { MaskPath = Folder.File("missing.png") };

    [TestMethod]
    public void TheColumnSaysWhatItIsAndNamesTheClasses()
    {
        DataViewSchema.Column column = Transformed().Schema[OutputColumnName];
        Assert.AreEqual("Mask", column.Type.ToString());
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        CollectionAssert.AreEqual(TestMasks.Classes.Names.ToArray(), names.DenseValues().Select(n => n.ToString()).ToArray());
    }

    [TestMethod]
    public void LoadedMasksKeepClassesAndPalette()
    {
        IDataView data = Load(Rows);
        string path = Folder.File("model.zip");
        ML.Model.Save(Create(InputColumnName).Fit(data), data.Schema, path);
        IDataView view = new MLContext().Model.Load(path, out _).Transform(data);
        SegmentationMask mask = ML.Data.CreateEnumerable<Output>(view, reuseRowObject: false).First().Mask!;
        Assert.AreEqual("test.json", mask.Classes.Source);
        Assert.AreEqual("car", mask.Classes.Names[2]);
        Assert.AreEqual(new Rgb(0, 0, 142), mask.Classes.ColorOf(2));
        Assert.AreEqual(255, mask.Classes.IgnoreIndex);
    }

    [TestMethod]
    public void MasksAreDrawnFromAnnotationFilesAlsoAfterLoading()
    {
        File.WriteAllText(Folder.File("a.xml"), """
            <annotations><image id="0" name="day/a.png" width="4" height="3"><box label="road" xtl="0" ytl="0" xbr="2" ybr="3"/></image>
            <image id="1" name="b.png" width="4" height="3"><box label="car" xtl="0" ytl="0" xbr="1" ybr="3"/></image></annotations>
            """);
        foreach (string image in (string[])["img/day/a.png", "img/b.png"])
        {
            using var picture = new RgbaImage(4, 3);
            ImageFile.Write(Folder.File(image), picture);
        }
        File.WriteAllText(Folder.File("p.json"), """
            { "name": "p", "classes": [ { "id": 0, "name": "sky" }, { "id": 1, "name": "road" }, { "id": 2, "name": "car" } ],
              "data": { "root": ".", "unlabelled": "sky", "splits": { "val": { "images": "img", "annotations": "a.xml", "subfolders": true } } } }
            """);
        Pipeline pipeline = PipelineFile.Read(Folder.File("p.json"));
        IDataView data = ML.Data.LoadSegmentationPairs(Dataset.List(pipeline, "val"));
        ML.Model.Save(ML.Transforms.LoadMasks("Mask", "MaskPath", pipeline).Fit(data), data.Schema, Folder.File("annotations.zip"));
        IDataView view = new MLContext().Model.Load(Folder.File("annotations.zip"), out _).Transform(data);
        string[] masks = [.. ML.Data.CreateEnumerable<Output>(view, reuseRowObject: false).Select(r => string.Concat(r.Mask!.Ids[..4].ToArray()))];
        CollectionAssert.AreEqual(new[] { "2000", "1100" }, masks);
        IDataView missing = ML.Data.LoadFromEnumerable([new Input { MaskPath = Folder.File("a.xml") + "#c.png" }]);
        Assert.Contains("has no image \"c.png\"", Assert.ThrowsExactly<AnnotationFormatException>(() =>
            ML.Data.CreateEnumerable<Output>(ML.Transforms.LoadMasks("Mask", "MaskPath", pipeline).Fit(missing).Transform(missing), false).ToList()).Message);
    }

    [TestMethod]
    public void RowsWithoutPathsPassASavedChainButCannotBeFitted()
    {
        IDataView data = Load(Rows), photos = ML.Transforms.DropColumns(InputColumnName).Fit(data).Transform(data);
        string path = Folder.File("model.zip");
        ML.Model.Save(Create(InputColumnName).Fit(data), data.Schema, path);
        IDataView view = new MLContext().Model.Load(path, out _).Transform(photos);
        Assert.IsNull(view.Schema.GetColumnOrNull(OutputColumnName));
        Assert.HasCount(Rows.Length, view.GetColumn<float>("Id"));
        Assert.Contains(InputColumnName, Assert.ThrowsExactly<SchemaException>(() => Create(InputColumnName).Fit(photos)).Message);
    }

    [TestMethod]
    public void AMaskThatDoesNotFitTheClassesIsOneClearLine()
    {
        var few = new ClassSet([new() { Id = 0, Name = "only", Color = default }], source: "few.json");
        IDataView data = Load(Rows);
        IDataView view = ML.Transforms.LoadMasks("Mask", "MaskPath", few).Fit(data).Transform(data);
        var e = Assert.ThrowsExactly<MaskFormatException>(() => ML.Data.CreateEnumerable<Output>(view, false).ToList());
        StringAssert.Contains(e.Message, "few.json");
    }

    [TestMethod]
    public void ColourCodedFilesAreReadThroughThePalette()
    {
        SegmentationMask mask = TestMasks.Noise(9, 7, seed: 4);
        using var colours = new RgbaImage(9, 7);
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            Rgb colour = TestMasks.Classes.ColorOf(mask.Ids[i]);
            colours.Pixels[4 * i] = colour.R;
            colours.Pixels[4 * i + 1] = colour.G;
            colours.Pixels[4 * i + 2] = colour.B;
            colours.Pixels[4 * i + 3] = 255;
        }
        ImageFile.Write(Folder.File("colours.png"), colours);
        IDataView data = Load(new Input { MaskPath = Folder.File("colours.png") });
        IDataView view = Create("MaskPath").Fit(data).Transform(data);
        CollectionAssert.AreEqual(new[] { Print(new Output { Mask = mask }) }, Outputs(view));
    }

    protected override IEstimator<ITransformer> Create(string inputColumnName) =>
        ML.Transforms.LoadMasks("Mask", inputColumnName, TestMasks.Classes);

    protected override string Print(Output output) =>
        $"{output.Mask!.Width}x{output.Mask.Height} {Convert.ToHexString(SHA256.HashData(output.Mask.Ids))}";

    private string MaskFileOf(int i)
    {
        string path = Folder.File($"{i}.png");
        if (!File.Exists(path))
        {
            MaskFile.Write(path, TestMasks.Noise(20 + i, 10, seed: i));
        }
        return path;
    }

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        public string MaskPath { get; set; } = "";
    }

    public sealed class Output
    {
        public SegmentationMask? Mask { get; set; }
    }
}
