using SegML.Images;
using SegML.Instances;
using SegML.Masks;
using SegML.Scoring;
using SegML.Serving.Limits;
using SegML.Serving.Models;

namespace SegML.Serving.Answers;

/// <summary>An image that was scored, and what was asked of it: what outputs are made of. Disposing it disposes mask and probabilities.</summary>
internal sealed class ScoredUpload(Upload upload, Asked asked, ImageReadOptions reading, SegmentationMask mask, SegmentationScores? scores) : IDisposable
{
    public Asked Asked => asked;

    public SegmentationMask Mask => mask;

    /// <summary>Null: no output that was asked for is made of them.</summary>
    public SegmentationScores? Scores => scores;

    /// <summary>What annotations call the image.</summary>
    public string ImageName => upload.Name == "the upload" ? "image" : upload.Name;

    /// <summary>Which components become instances: those of all classes but one called "background", or of those that were asked for.</summary>
    public InstanceOptions InstanceOptions => new()
    {
        Classes = asked.Classes ?? [.. mask.Classes.Names.Where(n => !n.Equals("background", StringComparison.OrdinalIgnoreCase))],
        MinArea = asked.MinArea,
    };

    /// <summary>The image at the mask's size.</summary>
    public RgbaImage ReadPhoto()
    {
        if (asked.Size is not { } size)
        {
            return ImageFile.Decode(upload.Bytes.Span, upload.Name, reading);
        }
        RasterImage photo = ReducedPhoto.Read(upload.Bytes.Span, upload.Name, size, reading);
        if (photo is RgbaImage rgba)
        {
            return rgba;
        }
        using (photo)
        {
            return photo.ToRgba();
        }
    }

    public void Dispose()
    {
        mask.Dispose();
        scores?.Dispose();
    }
}
