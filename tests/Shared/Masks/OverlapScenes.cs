using System.Globalization;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Data;

namespace SegML.Tests.Masks;

/// <summary>Small images of two rectangles that overlap: one is seen in the red channel, one in the green.</summary>
internal static class OverlapScenes
{
    public const int Width = 40, Height = 32;

    public static ClassSet Classes { get; } = new(
    [
        new SegmentationClass { Id = 0, Name = "organ", Color = new Rgb(255, 0, 0) },
        new SegmentationClass { Id = 1, Name = "tumour", Color = new Rgb(0, 255, 0) },
    ], thresholds: [0.5, 0.5]);

    public static SampleSource Source(int count, int seed = 1) => new(count, i => Draw(1000 * seed + i));

    public static (RgbaImage Image, SegmentationMask Mask) Draw(int seed)
    {
        var random = new Random(seed);
        var mask = new SegmentationMask(Width, Height, Classes);
        for (int c = 0; c < 2; c++)
        {
            int left = random.Next(Width / 2), top = random.Next(Height / 2);
            for (int i = 0; i < mask.Ids.Length; i++)
            {
                (int y, int x) = Math.DivRem(i, Width);
                mask.Ids[i] |= (byte)(x >= left && x < left + Width / 2 && y >= top && y < top + Height / 2 ? 1 << c : 0);
            }
        }
        var image = new RgbaImage(Width, Height);
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            Span<byte> pixel = image.Pixels.Slice(4 * i, 4);
            pixel[0] = (byte)((mask.Ids[i] & 1) * 150 + random.Next(80));
            pixel[1] = (byte)((mask.Ids[i] >> 1) * 150 + random.Next(80));
            pixel[2] = (byte)random.Next(80);
            pixel[3] = 255;
        }
        return (image, mask);
    }

    /// <summary>Writes images and a mask for each class, and a pipeline file.</summary>
    /// <returns>The pipeline file.</returns>
    public static string Write(TemporaryFolder folder, int count)
    {
        foreach ((string split, int seed, int images) in (ReadOnlySpan<(string, int, int)>)[("train", 1, count), ("val", 2, 3)])
        {
            for (int i = 0; i < images; i++)
            {
                (RgbaImage image, SegmentationMask mask) = Draw(1000 * seed + i);
                string name = string.Create(CultureInfo.InvariantCulture, $"{i:00}.png");
                ImageFile.Write(Made($"{split}/images/{name}"), image);
                for (int c = 0; c < 2; c++)
                {
                    using SegmentationMask own = mask.Of(c);
                    MaskFile.Write(Made($"{split}/masks/{Classes.Names[c]}/{name}"), own);
                }
            }
        }
        string path = folder.File("organs.json");
        File.WriteAllText(path, """
            {
              "name": "organs",
              "multiLabel": true,
              "classes": [{ "id": 0, "name": "organ", "color": "#ff0000" }, { "id": 1, "name": "tumour", "color": "#00ff00" }],
              "data": {
                "root": ".",
                "splits": {
                  "train": { "images": "train/images", "masks": "train/masks/{class}" },
                  "val": { "images": "val/images", "masks": "val/masks/{class}" }
                }
              },
              "input": { "width": 40, "height": 32 },
              "network": { "name": "unet", "options": { "width": 4, "depth": 2 } },
              "training": {
                "epochs": 5, "iterationsPerEpoch": 25, "batchSize": 4, "validateEvery": 1, "warmUpIterations": 5, "ema": 0.9, "learningRate": 0.01,
                "losses": [{ "kind": "binaryCrossEntropy" }, { "kind": "dice" }],
                "augmentation": { "scaleMin": 0.9, "scaleMax": 1.1 }
              }
            }
            """);
        return path;

        string Made(string name)
        {
            string file = folder.File(name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            return file;
        }
    }
}
