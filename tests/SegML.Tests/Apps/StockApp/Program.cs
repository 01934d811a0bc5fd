// StockApp MODEL.onnx WIDTH HEIGHT interleaved|planar CHAIN.zip MASKS.bin IMAGE...: builds the documented chain, saves it, loads what it
// saved, and writes the masks of all images, one behind the other. Then it prints the names of all loaded assemblies.
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

(string model, int width, int height, string zip, string masks) = (args[0], int.Parse(args[1]), int.Parse(args[2]), args[4], args[5]);
var ml = new MLContext();
IDataView photos = ml.Data.LoadFromEnumerable(args[6..].Select(path => new Photo { ImagePath = path }));
var chain = ml.Transforms.LoadImages("image", imageFolder: null, "ImagePath")
    .Append(ml.Transforms.ResizeImages("image", width, height, "image", ImageResizingEstimator.ResizingKind.Fill))
    .Append(ml.Transforms.ExtractPixels("image", interleavePixelColors: args[3] == "interleaved", outputAsFloatArray: false))
    .Append(ml.Transforms.ApplyOnnxModel("mask", "image", model));
ml.Model.Save(chain.Fit(photos), photos.Schema, zip);
File.Delete(model);

ITransformer loaded = ml.Model.Load(zip, out _);
IDataView rows = loaded.Transform(photos);
using (FileStream file = File.Create(masks))
using (DataViewRowCursor cursor = rows.GetRowCursor([rows.Schema["mask"]]))
{
    ValueGetter<VBuffer<byte>> getter = cursor.GetGetter<VBuffer<byte>>(rows.Schema["mask"]);
    VBuffer<byte> mask = default;
    while (cursor.MoveNext())
    {
        getter(ref mask);
        file.Write(mask.DenseValues().ToArray());
    }
}
Console.WriteLine(string.Join(" ", AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name)));

internal sealed class Photo
{
    public string ImagePath { get; set; } = "";
}
