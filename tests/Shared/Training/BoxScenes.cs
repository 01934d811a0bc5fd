using System.Text.Json.Nodes;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Tests.Training;

/// <summary>Small images whose truth is plain to see: a red rectangle on blue above green, and a void corner.</summary>
internal static class BoxScenes
{
    public static ClassSet Classes { get; } = new(
    [
        new SegmentationClass { Id = 0, Name = "sky", Color = new Rgb(0, 0, 255) },
        new SegmentationClass { Id = 1, Name = "ground", Color = new Rgb(0, 255, 0) },
        new SegmentationClass { Id = 2, Name = "box", Color = new Rgb(255, 0, 0) },
    ]);

    /// <summary>A pipeline that trains in a second.</summary>
    public static Pipeline Pipeline { get; } = new()
    {
        Name = "boxes",
        Classes = Classes,
        Input = new InputOptions { Width = 40, Height = 32 },
        Network = new NetworkOptions { Name = "fcn-light", Options = new JsonObject { ["width"] = 4 } },
        Training = new TrainingOptions
        {
            Epochs = 4,
            BatchSize = 3,
            Seed = 7,
            WarmUpIterations = 2,
            ValidateEvery = 2,
            Precision = Precision.Float32,
            Augmentation = new AugmentationOptions { CropWidth = 32, CropHeight = 24 },
        },
    };

    public static SampleSource Source(int count, int seed = 1, int width = 40, int height = 32) =>
        new(count, i => Draw(1000 * seed + i, width, height));

    public static (RgbaImage Image, SegmentationMask Mask) Draw(int seed, int width, int height)
    {
        var random = new Random(seed);
        var mask = new SegmentationMask(width, height, Classes);
        int horizon = random.Next(height / 3, 2 * height / 3), left = random.Next(width / 2), top = random.Next(height / 2);
        var image = new RgbaImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bool box = x >= left && x < left + width / 3 && y >= top && y < top + height / 3;
                byte id = (byte)(box ? 2 : y < horizon ? 0 : 1);
                mask.Ids[y * width + x] = x < 2 && y < 2 ? Classes.IgnoreIndex : id;
                Rgb color = Classes.ColorOf(id);
                Span<byte> pixel = image.Row(y).Slice(4 * x, 4);
                pixel[0] = (byte)(color.R / 2 + random.Next(60));
                pixel[1] = (byte)(color.G / 2 + random.Next(60));
                pixel[2] = (byte)(color.B / 2 + random.Next(60));
                pixel[3] = 255;
            }
        }
        return (image, mask);
    }
}
