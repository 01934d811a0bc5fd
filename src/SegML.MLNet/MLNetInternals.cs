using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SegML.MLNet;

[assembly: LoadableClass(typeof(RowTransformer), typeof(MLNetInternals), null, typeof(SignatureLoadModel), "SegML", MLNetInternals.LoaderName)]

namespace SegML.MLNet;

/// <summary>
/// Everything that SegML takes from ML.NET's internals, in one place: saving and loading, schema shapes, and the
/// environment behind a catalog. SegML.MLNet.Internals.targets says how it is reached and what breaks when.
/// </summary>
internal static class MLNetInternals
{
    /// <summary>The name in saved models by which ML.NET finds <see cref="Create"/>. Never changes.</summary>
    public const string LoaderName = "SegMLTransformer";

    private const string PayloadName = "Payload.bin";
    private const string Saved = "the saved pipeline";

    /// <summary>Writes a transformer into the part of a model's zip file that ML.NET gives it.</summary>
    public static void Save(ModelSaveContext context, SavedTransformer saved)
    {
        context.CheckAtModel();
        // ML.NET's own version check suggests another ML.NET when it fails, so these numbers stay at 1 and
        // SavedTransformer.Format says what there is to say.
        context.SetVersionInfo(new VersionInfo("SEGMLXFM", 0x00010001, 0x00010001, 0x00010001,
            typeof(MLNetInternals).Assembly.FullName!, LoaderName));
        context.Writer.Write(saved.Format);
        context.Writer.Write(saved.Kind);
        context.Writer.Write(saved.Settings);
        context.Writer.Write(saved.Payload?.Length ?? 0);
        context.Writer.Write(saved.Checksum());
        if (saved.Payload is { } payload)
        {
            context.SaveBinaryStream(PayloadName, writer => writer.Write(payload));
        }
    }

    /// <summary>ML.NET calls it, by name, when it loads a model.</summary>
    private static RowTransformer Create(IHostEnvironment environment, ModelLoadContext context)
    {
        context.CheckAtModel();
        return Boundary.Model.Cross(Saved, () => Read(environment, context)).ToTransformer(environment);
    }

    private static SavedTransformer Read(IHostEnvironment environment, ModelLoadContext context)
    {
        int format = context.Reader.ReadInt32();
        SavedTransformer.CheckFormat(format);
        string kind = context.Reader.ReadString(), settings = context.Reader.ReadString();
        int length = context.Reader.ReadInt32();
        byte[]? checksum = format < 2 ? null : context.Reader.ReadBytes(16);
        byte[]? payload = null;
        if (length > 0)
        {
            context.TryLoadBinaryStream(PayloadName, reader => payload = reader.ReadBytes(length));
            if (payload?.Length != length)
            {
                throw new ModelFormatException(Saved, $"lacks the {length} bytes of its {kind}", "save it again");
            }
        }
        var saved = new SavedTransformer(kind, settings, payload);
        if (checksum is null)
        {
            Warn(environment, LoaderName, $"{Saved}'s {kind} has no checksum, as earlier versions wrote it: damage goes unnoticed; save it again");
        }
        else if (!checksum.AsSpan().SequenceEqual(saved.Checksum()))
        {
            throw new ModelFormatException(Saved, $"is not as it was written (the checksum of its {kind} differs)", "copy or save it again");
        }
        return saved;
    }

    /// <summary>The shape of a whole schema.</summary>
    public static SchemaShape ShapeOf(DataViewSchema schema) => SchemaShape.Create(schema);

    /// <summary>A column's shape: its name, type and the names and types of its annotations.</summary>
    public static SchemaShape.Column ShapeOf(DataViewSchema.DetachedColumn column)
    {
        SchemaShape.GetColumnTypeShape(column.Type, out SchemaShape.Column.VectorKind kind, out DataViewType item, out bool isKey);
        return new SchemaShape.Column(column.Name, kind, item, isKey,
            column.Annotations is { } annotations ? SchemaShape.Create(annotations.Schema) : null);
    }

    /// <summary>The type that a column's shape stands for; a vector's size is not part of it.</summary>
    public static DataViewType TypeOf(SchemaShape.Column column) =>
        column.Kind == SchemaShape.Column.VectorKind.Scalar || column.ItemType is not PrimitiveDataViewType item
            ? column.ItemType
            : new VectorDataViewType(item);

    /// <summary>The environment that a catalog belongs to, usually the <see cref="MLContext"/>.</summary>
    public static IHostEnvironment EnvironmentOf(object catalog) => ((IInternalCatalog)catalog).Environment;

    /// <summary>The seed and the device that an environment was set to.</summary>
    public static (int? Seed, int? GpuDeviceId, bool FallbackToCpu) SettingsOf(IHostEnvironment environment) =>
        environment is IHostEnvironmentInternal e ? (e.Seed, e.GpuDeviceId, e.FallbackToCpu) : (null, null, true);

    /// <summary>Whether the environment that a host was registered with has been told to stop (ICancelable; AutoML does, when time is up).</summary>
    public static bool IsCanceled(IHost host) => host is ICancelable { IsCanceled: true };

    /// <summary>The catalog of data operations beside another catalog.</summary>
    public static DataOperationsCatalog DataOf(object catalog) => new(EnvironmentOf(catalog));

    /// <summary>A fold's result, of the type that ML.NET's own cross validation returns.</summary>
    public static TrainCatalogBase.CrossValidationResult<T> FoldOf<T>(ITransformer model, T metrics, IDataView scored, int fold)
        where T : class => new(model, metrics, scored, fold);

    /// <summary>Writes a line to MLContext.Log.</summary>
    public static void Info(IChannel channel, string line) => channel.Info(line);

    /// <summary>Writes a warning to MLContext.Log.</summary>
    /// <param name="environment">The environment of the context.</param>
    /// <param name="source">What warns.</param>
    /// <param name="line">The warning.</param>
    public static void Warn(IHostEnvironment environment, string source, string line)
    {
        using IChannel channel = environment.Start(source);
        channel.Warning(line);
    }
}
