using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Instances;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Masks;

namespace SegML.Tests.MLNet;

[TestClass]
public sealed class SplitIntoInstancesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void EachInstanceIsARowWithItsFiguresAndTheColumnsKept()
    {
        Source[] sources = [.. Enumerable.Range(0, 5).Select(i => new Source { ImagePath = $"{i}.jpg", Mask = TestMasks.Noise(9, 7, seed: i) })];
        // A mask without any instance gives no row.
        sources[2].Mask!.Ids.Fill(TestMasks.Classes.IgnoreIndex);
        var options = new InstanceOptions { Classes = ["car", "tree"], MinArea = 2 };

        IDataView view = _ml.Data.SplitIntoInstances(_ml.Data.LoadFromEnumerable(sources), "Mask", options, "ImagePath");
        Row[] rows = [.. _ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false)];

        int at = 0;
        for (int i = 0; i < sources.Length; i++)
        {
            foreach (SegmentationInstance instance in sources[i].Mask!.Instances(options))
            {
                Row row = rows[at++];
                Assert.AreEqual((i, $"{i}.jpg", instance.ClassId, instance.ClassName, instance.Area),
                    (row.SourceRow, row.ImagePath, row.ClassId, row.ClassName, row.Area));
                Assert.IsTrue(float.IsNaN(row.Score));
                Assert.AreEqual(instance.Bounds, new PixelBounds(row.X, row.Y, row.Width, row.Height));
                Assert.AreEqual(((float)instance.CentroidX, (float)instance.CentroidY), (row.CentroidX, row.CentroidY));
                CollectionAssert.AreEqual(instance.ToMask().Ids.ToArray(), row.InstanceMask!.Ids.ToArray());
            }
        }
        Assert.HasCount(at, rows);
        Assert.IsGreaterThan(5, at);
        Assert.IsFalse(rows.Any(r => r.SourceRow == 2));
    }

    [TestMethod]
    public void MasksAreReadOneAtATimeAndOnlySoManyAsAskedFor()
    {
        int read = 0;
        IEnumerable<Source> Endless()
        {
            for (int i = 0; ; i++)
            {
                read++;
                yield return new Source { Mask = TestMasks.Noise(9, 7, seed: i) };
            }
        }
        IDataView view = _ml.Data.SplitIntoInstances(_ml.Data.LoadFromEnumerable(Endless()), "Mask");
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(1, read);
    }

    [TestMethod]
    public void StockTransformsGoOnFromThere()
    {
        IDataView view = _ml.Data.SplitIntoInstances(
            _ml.Data.LoadFromEnumerable([new Source { Mask = TestMasks.Noise(20, 20, seed: 3) }]), "Mask");
        IDataView large = _ml.Data.FilterRowsByColumn(_ml.Transforms.Conversion.ConvertType("Area", outputKind: DataKind.Single).Fit(view).Transform(view),
            "Area", lowerBound: 4);
        Assert.IsTrue(_ml.Data.CreateEnumerable<AreaRow>(large, false).All(r => r.Area >= 4));
        Assert.AreEqual(2, _ml.Data.TakeRows(view, 2).Preview().RowView.Length);
    }

    [TestMethod]
    public void RowIdsAreUnlike()
    {
        IDataView view = _ml.Data.SplitIntoInstances(_ml.Data.LoadFromEnumerable(
            [new Source { Mask = TestMasks.Noise(9, 7, 1) }, new Source { Mask = TestMasks.Noise(9, 7, 2) }]), "Mask");
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<DataViewRowId> getter = cursor.GetIdGetter();
        var ids = new HashSet<DataViewRowId>();
        int rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            DataViewRowId id = default;
            getter(ref id);
            ids.Add(id);
            Assert.AreEqual(rows, cursor.Position);
        }
        Assert.HasCount(rows, ids);
    }

    [TestMethod]
    public void ColumnsThatDoNotFitAreRefusedAtOnce()
    {
        IDataView data = _ml.Data.LoadFromEnumerable([new Source { Mask = TestMasks.Noise(9, 7, 1) }]);
        Assert.ThrowsExactly<SchemaException>(() => _ml.Data.SplitIntoInstances(data, "Nowhere"));
        Assert.ThrowsExactly<SchemaException>(() => _ml.Data.SplitIntoInstances(data, "ImagePath"));
        Assert.ThrowsExactly<SchemaException>(() => _ml.Data.SplitIntoInstances(data, "Mask", null, "Nowhere"));
        Assert.ThrowsExactly<SchemaException>(() => _ml.Data.SplitIntoInstances(data, "Mask", null, "Mask"));
    }

    public sealed class Source
    {
        public string ImagePath { get; set; } = "";

        public SegmentationMask? Mask { get; set; }
    }

    public sealed class AreaRow
    {
        public float Area { get; set; }
    }

    public sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public long SourceRow { get; set; }

        public int ClassId { get; set; }

        public string ClassName { get; set; } = "";

        public float Score { get; set; }

        public int Area { get; set; }

        public int X { get; set; }

        public int Y { get; set; }

        public int Width { get; set; }

        public int Height { get; set; }

        public float CentroidX { get; set; }

        public float CentroidY { get; set; }

        public SegmentationMask? InstanceMask { get; set; }
    }
}
