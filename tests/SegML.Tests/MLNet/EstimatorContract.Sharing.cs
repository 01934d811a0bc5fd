using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;

namespace SegML.Tests.MLNet;

public abstract partial class EstimatorContract<TInput, TOutput>
{
    private const int Threads = 8, Predictions = 4_000;

    /// <summary>What a leak of one small image or mask a prediction exceeds several times over.</summary>
    private const long ManagedGrowth = 1 << 20, ResidentGrowth = 24 << 20;

    /// <summary>
    /// What makes the input column from columns of paths, ImagePath and MaskPath, so that a process which has only files can be
    /// given a row. Paths, masks and images need none of their own.
    /// </summary>
    /// <param name="row">The row, for its values.</param>
    /// <param name="imagePath">What ImagePath will be; to be written where it is used.</param>
    /// <param name="maskPath">What MaskPath will be; to be written where it is used.</param>
    protected virtual IEstimator<ITransformer>? FromFiles(TInput row, ref string imagePath, ref string maskPath)
    {
        IDataView data = Load(row);
        DataViewSchema.Column column = data.Schema[InputColumnName];
        switch (column.Type)
        {
            case TextDataViewType:
                imagePath = maskPath = data.GetColumn<string>(column).Single();
                return InputColumnName is "ImagePath" or "MaskPath" ? null : ML.Transforms.CopyColumns(InputColumnName, "ImagePath");
            case ImageDataViewType:
                using (RgbaImage image = MLImagePixels.ToRgba(Value<MLImage>(data, column)))
                {
                    ImageFile.Write(imagePath, image);
                }
                return ML.Transforms.LoadImages(InputColumnName, imageFolder: null, "ImagePath");
            case var type when type.RawType == typeof(SegmentationMask):
                SegmentationMask mask = Value<SegmentationMask>(data, column);
                MaskFile.Write(maskPath, mask);
                // Files hold ids, whatever the classes' own values are.
                var classes = new ClassSet([.. mask.Classes.Classes.Select(c => c with { From = null })],
                    mask.Classes.Ignore with { From = null }, mask.Classes.Source);
                return ML.Transforms.LoadMasks(InputColumnName, "MaskPath", classes);
            default:
                throw new NotSupportedException($"override FromFiles: a column of {column.Type} comes from no file");
        }
    }

    /// <summary>Saved here, loaded by an app that references SegML alone and registers nothing; shared by 8 threads; flat in memory.</summary>
    [TestMethod]
    public void AnotherProcessLoadsItAndEightThreadsShareItWithoutALeak()
    {
        string image = Folder.File("contract-image.png"), mask = Folder.File("contract-mask.png");
        IEstimator<ITransformer>? before = FromFiles(Rows[3], ref image, ref mask);
        IEstimator<ITransformer> estimator = before is null ? Create(InputColumnName) : before.Append(Create(InputColumnName));
        IDataView data = ML.Data.LoadSegmentationPairs([new(image, mask)]);
        ITransformer model = estimator.Fit(data);
        ML.Model.Save(model, data.Schema, Folder.File("shared.zip"));

        string[] lines = ScoringApp.Run(Folder.File("shared.zip"), image, mask, Predictions.ToString(CultureInfo.InvariantCulture));

        CollectionAssert.AreEqual(RowText.OfFirst(model.Transform(data)), lines[..^1]);
        long[] growth = [.. lines[^1].Split(' ')[1..].Select(long.Parse)];
        Console.WriteLine(lines[^1]);
        Assert.IsLessThan(ManagedGrowth, growth[0], "managed memory grew");
        Assert.IsLessThan(ResidentGrowth, growth[1], "the working set grew");
    }

    [TestMethod]
    public void EnginesOnEightThreadsShareOneTransformer()
    {
        ITransformer model = Create(InputColumnName).Fit(Load(Rows));
        string[] expected = Predict(model);
        Task.WaitAll([.. Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                CollectionAssert.AreEqual(expected, Predict(model));
            }
        }, TaskCreationOptions.LongRunning))]);
    }

    [TestMethod]
    public void AnEngineThatDisposesItsTransformerHarmsNoOther()
    {
        IDataView data = Load(Rows);
        IEstimator<ITransformer> estimator = Create(InputColumnName);
        ITransformer model = estimator.Fit(data);
        string[] expected = Predict(model);
        using (PredictionEngine<TInput, TOutput> first = ML.Model.CreatePredictionEngine<TInput, TOutput>(model))
        {
            Assert.AreEqual(expected[0], Print(first.Predict(Rows[0])));
        }
        CollectionAssert.AreEqual(expected, Predict(model));
        (model as IDisposable)?.Dispose();
        CollectionAssert.AreEqual(expected, Predict(estimator.Fit(data)));
        CollectionAssert.AreEqual(expected, Outputs(model.Transform(data)));
    }

    private static T Value<T>(IDataView data, DataViewSchema.Column column)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        T value = default!;
        Assert.IsTrue(cursor.MoveNext());
        getter(ref value);
        return value;
    }
}
