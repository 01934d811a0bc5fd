// ScoringApp MODEL.zip IMAGE MASK: loads a saved pipeline, registering nothing, runs it on one row, and prints each column
// of masks: name, size and a checksum of the ids. Then the names of all loaded assemblies.
using System.Security.Cryptography;
using Microsoft.ML;
using SegML.Masks;

var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
IDataView rows = model.Transform(ml.Data.LoadFromEnumerable([new Row { ImagePath = args[1], MaskPath = args[2] }]));
foreach (DataViewSchema.Column column in rows.Schema)
{
    if (column.Type.RawType == typeof(SegmentationMask))
    {
        using DataViewRowCursor cursor = rows.GetRowCursor([column]);
        ValueGetter<SegmentationMask> getter = cursor.GetGetter<SegmentationMask>(column);
        SegmentationMask mask = null!;
        cursor.MoveNext();
        getter(ref mask);
        Console.WriteLine($"{column.Name} {mask.Width}x{mask.Height} {Convert.ToHexString(SHA256.HashData(mask.Ids))}");
    }
}
Console.WriteLine(string.Join(" ", AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name)));

internal sealed class Row
{
    public string ImagePath { get; set; } = "";

    public string MaskPath { get; set; } = "";
}
