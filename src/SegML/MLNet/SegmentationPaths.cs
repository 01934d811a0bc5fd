namespace SegML.MLNet;

/// <summary>A row of <c>ml.Data.LoadSegmentationFolder</c>. ML.NET wants settable properties.</summary>
internal sealed class SegmentationPaths
{
    public string ImagePath { get; set; } = "";

    public string MaskPath { get; set; } = "";
}
