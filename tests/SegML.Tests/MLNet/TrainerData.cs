using Microsoft.ML;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.MLNet;

namespace SegML.Tests.MLNet;

/// <summary>Pictures whose classes are colours, in files: easy enough to learn in seconds.</summary>
internal sealed class TrainerData(TemporaryFolder folder, MLContext ml)
{
    public const int Side = 48;

    public static ClassSet Classes { get; } = new(
    [
        new() { Id = 0, Name = "dark", Color = new Rgb(20, 20, 20) },
        new() { Id = 1, Name = "bright", Color = new Rgb(230, 230, 230) },
    ]);

    public static ImageSegmentationTrainer.Options Options(string images, int epochs) => new()
    {
        FeatureColumnName = images,
        Input = new InputOptions { Width = Side, Height = Side },
        Training = new TrainingOptions { Epochs = epochs, BatchSize = 2, WarmUpIterations = 2, Ema = 0.5, Augmentation = new AugmentationOptions { ScaleMin = 1, ScaleMax = 1 } },
    };

    /// <summary>Rows of paths, and a true mask.</summary>
    public IDataView WithMasks(int count)
    {
        IDataView paths = Paths(count);
        return ml.Transforms.LoadMasks("Mask", "MaskPath", Classes).Fit(paths).Transform(paths);
    }

    /// <summary>Rows of paths.</summary>
    public IDataView Paths(int count)
    {
        for (int i = 0; i < count; i++)
        {
            // A bright rectangle on dark ground, somewhere else in each image.
            using var image = new RgbaImage(Side, Side);
            var mask = new SegmentationMask(Side, Side, Classes);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    bool bright = x >= 3 * i && x < 3 * i + 20 && y >= 10 && y < 34;
                    mask.Ids[y * Side + x] = (byte)(bright ? 1 : 0);
                    image.Row(y)[(4 * x)..(4 * x + 3)].Fill((byte)(bright ? 230 : 20));
                    image.Row(y)[4 * x + 3] = 255;
                }
            }
            ImageFile.Write(folder.File($"images/{i}.png"), image);
            MaskFile.Write(folder.File($"masks/{i}.png"), mask);
        }
        return ml.Data.LoadSegmentationFolder(folder.File("images"), folder.File("masks"));
    }
}
