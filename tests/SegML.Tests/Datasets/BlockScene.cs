using SegML.Drawing;
using SegML.Images;
using SegML.Masks;

namespace SegML.Tests.Datasets;

/// <summary>A drawn frame of 9 x 8 coloured blocks, unlike that of any other seed, and a mask in which all classes occur.</summary>
internal static class BlockScene
{
    public const int Width = 72, Height = 64;

    public static RgbaImage Image(int seed, int scale = 1)
    {
        var random = new Random(seed);
        var image = new RgbaImage(Width * scale, Height * scale);
        for (int block = 0; block < 72; block++)
        {
            Rgb color = new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
            Paint.Fill(image, block % 9 * 8 * scale, block / 9 * 8 * scale, 8 * scale, 8 * scale, color);
        }
        return image;
    }

    public static SegmentationMask Mask(ClassSet classes)
    {
        var mask = new SegmentationMask(Width, Height, classes);
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            mask.Ids[i] = (byte)(i / 5 % classes.Count);
        }
        return mask;
    }
}
