using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.MLNet;
using SegML.Tests.Images;

namespace SegML.Tests.MLNet;

/// <summary>What each of SegML's estimators keeps to. A test class inherits it and says what its estimator reads and adds.</summary>
/// <typeparam name="TInput">A row that the estimator reads, with an Id.</typeparam>
/// <typeparam name="TOutput">A row with what the estimator adds.</typeparam>
public abstract partial class EstimatorContract<TInput, TOutput>
    where TInput : class, IIdentified
    where TOutput : class, new()
{
    private protected TemporaryFolder Folder { get; } = new();

    private protected MLContext ML { get; } = new(seed: 1);

    /// <summary>The estimator, reading from a column of this name.</summary>
    protected abstract IEstimator<ITransformer> Create(string inputColumnName);

    protected abstract string InputColumnName { get; }

    protected abstract string OutputColumnName { get; }

    /// <summary>Six rows whose outputs all differ.</summary>
    protected abstract TInput[] Rows { get; }

    /// <summary>A row that the estimator cannot compute.</summary>
    protected abstract TInput BadRow { get; }

    /// <summary>The output as text, equal for equal outputs only.</summary>
    protected abstract string Print(TOutput output);

    /// <summary>Rows as a data view; overridden where LoadFromEnumerable cannot hold them.</summary>
    protected virtual IDataView Load(params TInput[] rows) => ML.Data.LoadFromEnumerable(rows);

    /// <summary>The rows in another order.</summary>
    protected virtual IDataView Shuffle(IDataView data) =>
        IsKept(ML.Data.ShuffleRows(data, seed: 5)) ? ML.Data.ShuffleRows(data, seed: 5) : Load([.. Rows.Reverse()]);

    [TestCleanup]
    public void Clean()
    {
        Folder.Dispose();
    }

    [TestMethod]
    public void FitRefusesAMissingColumnAndNamesThoseThereAre()
    {
        var e = Assert.ThrowsExactly<SchemaException>(() => Create("Nowhere").Fit(Load(Rows)));
        StringAssert.Contains(e.Message, "Nowhere");
        StringAssert.Contains(e.Message, InputColumnName);
    }

    [TestMethod]
    public void FitAndShapeRefuseAColumnOfAnotherType()
    {
        IDataView data = Load(Rows);
        var e = Assert.ThrowsExactly<SchemaException>(() => Create(nameof(IIdentified.Id)).Fit(data));
        StringAssert.Contains(e.Message, "Single");
        Assert.ThrowsExactly<SchemaException>(() => Create(nameof(IIdentified.Id)).GetOutputSchema(MLNetInternals.ShapeOf(data.Schema)));
    }

    [TestMethod]
    public void ThePromisedShapeIsTheSchema()
    {
        IDataView data = Load(Rows);
        IEstimator<ITransformer> estimator = Create(InputColumnName);
        SchemaShape promised = estimator.GetOutputSchema(MLNetInternals.ShapeOf(data.Schema));
        SchemaShape actual = MLNetInternals.ShapeOf(estimator.Fit(data).Transform(data).Schema);
        CollectionAssert.AreEqual(actual.Select(Describe).ToArray(), promised.Select(Describe).ToArray());
        Assert.IsTrue(promised.Any(c => c.Name == OutputColumnName));

        static string Describe(SchemaShape.Column c) =>
            $"{c.Name} {c.Kind} {c.ItemType} {c.IsKey} [{string.Join(", ", c.Annotations.Select(a => $"{a.Name} {a.Kind} {a.ItemType}"))}]";
    }

    [TestMethod]
    public void SavingAndLoadingChangesNothing()
    {
        IDataView data = Load(Rows);
        ITransformer model = Create(InputColumnName).Fit(data);
        string path = Folder.File("model.zip");
        ML.Model.Save(model, data.Schema, path);
        ITransformer loaded = new MLContext().Model.Load(path, out _);
        CollectionAssert.AreEqual(Outputs(model.Transform(data)), Outputs(loaded.Transform(data)));
    }

    [TestMethod]
    public void ItSavesWithinAChainOfStockTransforms()
    {
        IDataView data = Load(Rows);
        ITransformer chain = ML.Transforms.CopyColumns("Copy", nameof(IIdentified.Id)).Append(Create(InputColumnName))
            .Append(ML.Transforms.DropColumns("Copy")).Fit(data);
        string path = Folder.File("chain.zip");
        ML.Model.Save(chain, data.Schema, path);
        ITransformer loaded = new MLContext().Model.Load(path, out _);
        CollectionAssert.AreEqual(Outputs(chain.Transform(data)), Outputs(loaded.Transform(data)));
    }

    [TestMethod]
    public void APredictionEngineGivesTheSameRows()
    {
        IDataView data = Load(Rows);
        ITransformer model = Create(InputColumnName).Fit(data);
        string[] expected = Outputs(model.Transform(data));
        CollectionAssert.AreEqual(expected, Predict(model));
    }

    [TestMethod]
    public void RowsOutliveTheCursor()
    {
        List<TOutput> rows = [.. ML.Data.CreateEnumerable<TOutput>(Transformed(), reuseRowObject: false)];
        Assert.AreEqual(Rows.Length, rows.Select(Print).Distinct().Count());
    }

    [TestMethod]
    public void ACursorSetGivesEveryRowOnce()
    {
        IDataView view = Transformed();
        var seen = new List<float>();
        foreach (DataViewRowCursor cursor in view.GetRowCursorSet(view.Schema, 3))
        {
            using (cursor)
            {
                ValueGetter<float> id = cursor.GetGetter<float>(cursor.Schema[nameof(IIdentified.Id)]);
                float value = 0;
                while (cursor.MoveNext())
                {
                    id(ref value);
                    seen.Add(value);
                }
            }
        }
        CollectionAssert.AreEquivalent(Rows.Select(r => r.Id).ToArray(), seen);
    }

    [TestMethod]
    public void PreviewShowsTheColumn()
    {
        DataDebuggerPreview preview = Transformed().Preview(maxRows: 2);
        Assert.AreEqual(2, preview.RowView.Length);
        Assert.IsTrue(preview.ColumnView.Any(c => c.Column.Name == OutputColumnName));
    }

    [TestMethod]
    public void RowsCanBeTakenAndSkipped()
    {
        IDataView view = Transformed();
        CollectionAssert.AreEqual(Outputs(view)[1..3], Outputs(ML.Data.TakeRows(ML.Data.SkipRows(view, 1), 2)));
    }

    [TestMethod]
    public void ShuffledSourcesGiveTheSameRowsInAnotherOrder()
    {
        IDataView data = Shuffle(Load(Rows));
        string[] shuffled = Outputs(Create(InputColumnName).Fit(data).Transform(data)), expected = Outputs(Transformed());
        CollectionAssert.AreEquivalent(expected, shuffled);
        CollectionAssert.AreNotEqual(expected, shuffled);
    }

    [TestMethod]
    public void WhatShuffleRowsAndCacheDropIsMissedAloud()
    {
        // ML.NET keeps only columns of its own primitive types and vectors of them, and says nothing of the others.
        IDataView data = Load(Rows);
        foreach (IDataView kept in (IDataView[])[ML.Data.ShuffleRows(data), ML.Data.Cache(data)])
        {
            if (IsKept(kept))
            {
                Assert.HasCount(Rows.Length, Outputs(Create(InputColumnName).Fit(kept).Transform(kept)));
                continue;
            }
            var e = Assert.ThrowsExactly<SchemaException>(() => Create(InputColumnName).Fit(kept));
            StringAssert.Contains(e.Message, "ShuffleRows and Cache drop");
        }
    }

    [TestMethod]
    public void TheSourcesValuesAreLeftAsTheyAre()
    {
        IDataView data = Load(Rows);
        string[] before = Texts(data);
        IDataView view = Create(InputColumnName).Fit(data).Transform(data);
        string[] through = Texts(view);
        Assert.HasCount(Rows.Length, Outputs(view));
        CollectionAssert.AreEqual(before, Texts(data));
        CollectionAssert.AreEqual(through, Texts(view));
    }

    [TestMethod]
    public void AnnotationsTravelWithTheColumn()
    {
        IDataView data = Load(Rows);
        ITransformer model = Create(InputColumnName).Fit(data);
        string[] expected = Annotations(model.Transform(data));
        ML.Model.Save(model, data.Schema, Folder.File("model.zip"));
        IDataView loaded = new MLContext().Model.Load(Folder.File("model.zip"), out _).Transform(data);
        IDataView dropped = ML.Transforms.DropColumns(nameof(IIdentified.Id)).Fit(loaded).Transform(loaded);
        CollectionAssert.AreEqual(expected, Annotations(loaded));
        CollectionAssert.AreEqual(expected, Annotations(ML.Data.TakeRows(dropped, 1)));
        CollectionAssert.AreEqual(expected, Annotations(ML.Data.TrainTestSplit(loaded).TrainSet));

        string[] Annotations(IDataView view)
        {
            DataViewSchema.Annotations all = view.Schema[OutputColumnName].Annotations;
            return [.. all.Schema.Select(a => $"{a.Name} {a.Type} {Value(a)}")];

            string Value(DataViewSchema.Column annotation)
            {
                if (annotation.Type.RawType != typeof(VBuffer<ReadOnlyMemory<char>>))
                {
                    return "";
                }
                VBuffer<ReadOnlyMemory<char>> names = default;
                all.GetValue(annotation.Name, ref names);
                return string.Join(",", names.DenseValues());
            }
        }
    }

    [TestMethod]
    public void NothingIsComputedThatNobodyAsksFor()
    {
        IDataView data = Load(BadRow);
        IDataView view = Create(InputColumnName).Fit(data).Transform(data);
        DataViewSchema.Column output = view.Schema[OutputColumnName], id = view.Schema[nameof(IIdentified.Id)];

        using DataViewRowCursor without = view.GetRowCursor([id]);
        Assert.IsTrue(without.MoveNext());
        Assert.IsFalse(without.IsColumnActive(output));

        using DataViewRowCursor with = view.GetRowCursor([output]);
        Delegate getter = (Delegate)typeof(DataViewRow).GetMethod(nameof(DataViewRow.GetGetter))!
            .MakeGenericMethod(output.Type.RawType).Invoke(with, [output])!;
        Assert.IsTrue(with.MoveNext());
        var e = Assert.ThrowsExactly<System.Reflection.TargetInvocationException>(() => getter.DynamicInvoke([null]));
        Assert.IsInstanceOfType<SegMLException>(e.InnerException);
    }

    private protected IDataView Transformed()
    {
        IDataView data = Load(Rows);
        return Create(InputColumnName).Fit(data).Transform(data);
    }

    private protected string[] Outputs(IDataView view) =>
        [.. ML.Data.CreateEnumerable<TOutput>(view, reuseRowObject: false).Select(Print)];

    private static string[] Texts(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        Func<string>[] columns = RowText.Of(cursor);
        var rows = new List<string>();
        while (cursor.MoveNext())
        {
            rows.Add(string.Join("; ", columns.Select(c => c())));
        }
        return [.. rows];
    }

    private bool IsKept(IDataView view) => view.Schema.Count == Load(Rows).Schema.Count;

    /// <summary>The rows through a prediction engine; overridden where an engine cannot take the input's class.</summary>
    protected virtual string[] Predict(ITransformer model)
    {
        using PredictionEngine<TInput, TOutput> engine = ML.Model.CreatePredictionEngine<TInput, TOutput>(model,
            new PredictionEngineOptions { OwnsTransformer = false });
        return [.. Rows.Select(r => Print(engine.Predict(r)))];
    }
}

/// <summary>A row with a number of its own.</summary>
public interface IIdentified
{
    float Id { get; }
}
