using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.MLNet;

/// <summary>SegML's views over sources that can shuffle.</summary>
[TestClass]
public sealed class MappedDataViewTests
{
    [TestMethod]
    public void RandomOrderIsTheSourcesAndReachesIt()
    {
        using var folder = new TemporaryFolder();
        MaskFile.Write(folder.File("m.png"), TestMasks.Noise(3, 2, seed: 1));
        var ml = new MLContext();
        IDataView plain = ml.Data.LoadSegmentationPairs([new("i.png", folder.File("m.png"))]);
        var source = new Shuffling(plain);
        IDataView view = ml.Transforms.LoadMasks("Mask", "MaskPath", TestMasks.Classes).Fit(source).Transform(source);
        Assert.IsTrue(view.CanShuffle);
        Assert.IsFalse(ml.Transforms.LoadMasks("Mask", "MaskPath", TestMasks.Classes).Fit(plain).Transform(plain).CanShuffle);

        var random = new Random(1);
        view.GetRowCursor(view.Schema, random).Dispose();
        Assert.AreSame(random, source.Seen);
        source.Seen = null;
        Array.ForEach(view.GetRowCursorSet(view.Schema, 2, random), c => c.Dispose());
        Assert.AreSame(random, source.Seen);
    }

    /// <summary>A source that says it can shuffle, and keeps the generator that it is given.</summary>
    private sealed class Shuffling(IDataView source) : IDataView
    {
        public Random? Seen { get; set; }

        public bool CanShuffle => true;

        public DataViewSchema Schema => source.Schema;

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            Seen = rand;
            return source.GetRowCursor(columnsNeeded);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        {
            Seen = rand;
            return source.GetRowCursorSet(columnsNeeded, n);
        }
    }
}
