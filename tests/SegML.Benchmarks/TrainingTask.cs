using System.Text.Json.Nodes;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Benchmarks;

/// <summary>What all contenders of the training benchmark train: CamVid's shape on drawn scenes.</summary>
/// <param name="Network">A network's name.</param>
/// <param name="Width">A crop's width in pixels.</param>
/// <param name="Height">A crop's height in pixels.</param>
/// <param name="Batch">Crops a step.</param>
internal sealed record TrainingTask(string Network, int Width, int Height, int Batch)
{
    private const int ImageWidth = 480, ImageHeight = 360, Drawn = 16;

    public int Classes => 11;

    private ClassSet ClassSet => new([.. Enumerable.Range(0, Classes).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]);

    /// <summary>Crops, batches and changes of light as for CamVid.</summary>
    public Pipeline Pipeline(int epochs) => new()
    {
        Name = "benchmark",
        Classes = ClassSet,
        Input = new InputOptions { Width = ImageWidth, Height = ImageHeight },
        Network = new NetworkOptions { Name = Network, Options = new JsonObject() },
        Training = new TrainingOptions
        {
            Epochs = epochs,
            BatchSize = Batch,
            Augmentation = new AugmentationOptions
            {
                CropWidth = Width,
                CropHeight = Height,
                ScaleMin = 0.7,
                ScaleMax = 2,
                Flip = 0.5,
                Brightness = 0.15,
                Contrast = 0.4,
                Saturation = 0.3,
                ChannelGain = 0.12,
            },
        },
    };

    /// <summary>Scenes whose class follows from brightness, so that masks have edges everywhere. A few are drawn and come again.</summary>
    public SampleSource Samples(int count)
    {
        (RgbaImage Image, byte[] Ids)[] scenes = [.. Enumerable.Range(0, Drawn).Select(i =>
        {
            RgbaImage image = DrawnData.Paint(i, ImageWidth, ImageHeight);
            return (image, Ids(image));
        })];
        ClassSet classes = ClassSet;
        return new SampleSource(count, i =>
        {
            (RgbaImage image, byte[] ids) = scenes[i % Drawn];
            var copy = new RgbaImage(ImageWidth, ImageHeight);
            image.Pixels.CopyTo(copy.Pixels);
            return (copy, new SegmentationMask(ImageWidth, ImageHeight, ids, classes));
        });
    }

    private byte[] Ids(RgbaImage image)
    {
        var ids = new byte[ImageWidth * ImageHeight];
        for (int i = 0; i < ids.Length; i++)
        {
            ReadOnlySpan<byte> pixel = image.Pixels.Slice(4 * i, 4);
            ids[i] = (byte)((pixel[0] + pixel[1] + pixel[2]) * Classes / 766);
        }
        return ids;
    }
}
