using SegML.Colors;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;

namespace SegML.Training.Planning;

/// <summary>What one image and its mask add to the data set's fingerprint.</summary>
internal sealed class ItemFingerprint
{
    /// <summary>Measures an item.</summary>
    /// <exception cref="SegMLException">Image or mask cannot be read.</exception>
    public ItemFingerprint(DatasetItem item, ClassSet classes)
    {
        using (RasterImage raster = ImageFile.ReadRaster(item.ImagePath))
        {
            (Width, Height) = (raster.Width, raster.Height);
            if (raster is RgbaImage image)
            {
                Colors = ChannelSums.Of(image, ColorSpace.Rgb);
                (double[] mean, double[] std) = ChannelSums.Total([ChannelSums.Of(image, ColorSpace.Gray601)]);
                (Brightness, Contrast) = (mean[0], std[0]);
                IsGray = HasEqualChannels(image);
            }
            else
            {
                IsGray = raster is DeepImage { Channels: <= 2 };
            }
        }
        using SegmentationMask mask = item.ReadMask(classes);
        Shape = new MaskShape(mask);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Sums of red, green and blue; null of an image of more than 8 bits or 4 channels, whose scale is its own.</summary>
    public ChannelSums? Colors { get; }

    /// <summary>Mean of the luma, 0 to 1.</summary>
    public double Brightness { get; }

    /// <summary>Standard deviation of the luma, 0 to 1.</summary>
    public double Contrast { get; }

    public bool IsGray { get; }

    public MaskShape Shape { get; }

    private static bool HasEqualChannels(RgbaImage image)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2])
            {
                return false;
            }
        }
        return true;
    }
}
