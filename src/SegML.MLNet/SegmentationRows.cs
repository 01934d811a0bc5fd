using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>A row of <c>ml.Data.LoadSegmentationFolder</c>. ML.NET wants settable properties.</summary>
internal sealed class SegmentationPaths
{
    public string ImagePath { get; set; } = "";

    public string MaskPath { get; set; } = "";
}

/// <summary>A row of <c>ml.Data.LoadSegmentationImages</c>, decoded.</summary>
internal sealed class ImageAndMask
{
    [AnySizeImage]
    public MLImage? Image { get; set; }

    public SegmentationMask? Mask { get; set; }
}

/// <summary>A row of <c>ml.Data.LoadSegmentationImages</c>, encoded.</summary>
internal sealed class EncodedImageAndMask
{
    public byte[] Image { get; set; } = [];

    public SegmentationMask? Mask { get; set; }
}
