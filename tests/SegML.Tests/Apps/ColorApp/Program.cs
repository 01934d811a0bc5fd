// ColorApp MODEL.zip IMAGE: loads a saved chain, predicts one image with a PredictionEngine, and prints the mask's size and SHA-256.
using System.Security.Cryptography;
using Microsoft.ML;
using SegML.Masks;

var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
using PredictionEngine<Photo, Scored> engine = ml.Model.CreatePredictionEngine<Photo, Scored>(model);
using SegmentationMask mask = engine.Predict(new Photo { ImagePath = args[1] }).PredictedMask!;
Console.WriteLine($"{mask.Width}x{mask.Height} {Convert.ToHexString(SHA256.HashData(mask.Ids))}");

internal sealed class Photo
{
    public string ImagePath { get; set; } = "";

    public string MaskPath { get; set; } = "";
}

internal sealed class Scored
{
    public SegmentationMask? PredictedMask { get; set; }
}
