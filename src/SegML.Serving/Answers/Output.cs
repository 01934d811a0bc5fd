using System.Text.Json;
using SegML.Annotations.Export;
using SegML.Drawing;
using SegML.Images;
using SegML.Instances;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Serving.Answers;

/// <summary>
/// What can be asked of an image: a name in <c>?output=</c>, its media type, and what makes it. One line in <see cref="All"/> each.
/// </summary>
/// <param name="Name">What requests call it.</param>
/// <param name="MediaType">The type of the answer where it is asked for alone.</param>
/// <param name="Make">Makes its content.</param>
internal sealed record Output(string Name, string MediaType, Func<ScoredUpload, byte[]> Make)
{
    private const string Json = "application/json", Png = "image/png";

    /// <summary>Whether it is made of probabilities, which a saved pipeline does not give.</summary>
    public bool OfProbabilities { get; private init; }

    /// <summary>Whether it holds them where there are some, and zeros where there are none.</summary>
    public bool TakesProbabilities { get; private init; }

    /// <summary>Whether it is made of instances, which classes that overlap do not have.</summary>
    public bool OfInstances { get; private init; }

    /// <summary>Whether it is a list, which is answered in a document with the image's size even where it is asked for alone.</summary>
    public bool IsList { get; private init; }

    /// <summary>Whether it is text, which stands in JSON as it is; other content stands there in base64.</summary>
    public bool IsJson => MediaType == Json;

    /// <summary>All of them. The first of a media type answers requests that accept that type and name no output.</summary>
    public static IReadOnlyList<Output> All { get; } =
    [
        new("mask", Png, s => MaskFile.EncodePng(s.Mask)),
        new("overlay", "image/jpeg", OverlayOf),
        new("shares", Json, SharesOf) { IsList = true },
        new("instances", Json, InstancesOf) { OfInstances = true, IsList = true },
        new("coco", Json, CocoOf) { OfInstances = true },
        new("labelme", Json, LabelMeOf) { OfInstances = true },
        new("uncertainty", Png, s => Grey(s.Scores!.Uncertainty(), s.Mask)) { OfProbabilities = true },
        new("probabilities", "application/x-npy", s => NpyFile.Encode(s.Scores!)) { OfProbabilities = true },
        new("planes", Png, Planes.Encode) { TakesProbabilities = true },
    ];

    /// <summary>The output of a name, in any case; null: there is none.</summary>
    public static Output? Of(string name) => All.FirstOrDefault(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static byte[] OverlayOf(ScoredUpload scored)
    {
        using RgbaImage photo = scored.ReadPhoto();
        using RgbaImage overlay = Overlay.Draw(photo, scored.Mask, new OverlayOptions { Opacity = scored.Asked.Opacity, Legend = scored.Asked.Legend });
        return ImageFile.EncodeJpeg(overlay);
    }

    private static byte[] SharesOf(ScoredUpload scored)
    {
        double[] shares = scored.Mask.Shares();
        return Serialize(scored.Mask.Classes.Classes.Select(c => new ClassShare(c.Id, c.Name, c.Color.ToString(), shares[c.Id])));
    }

    private static byte[] InstancesOf(ScoredUpload scored) => Serialize(scored.Mask.Instances(scored.InstanceOptions).Select(i => new InstanceAnswer(
        i.ClassId, i.ClassName, i.Area, [i.Bounds.X, i.Bounds.Y, i.Bounds.Width, i.Bounds.Height], [i.CentroidX, i.CentroidY])));

    private static byte[] CocoOf(ScoredUpload scored) => Written(stream => CocoWriter.Write(stream, [(scored.ImageName, scored.Mask)], scored.InstanceOptions));

    private static byte[] LabelMeOf(ScoredUpload scored) => Written(stream => LabelMeExport.Write(stream, scored.ImageName, scored.Mask, scored.InstanceOptions));

    private static byte[] Grey(float[] values, SegmentationMask mask)
    {
        var grey = new byte[values.Length];
        for (int i = 0; i < grey.Length; i++)
        {
            grey[i] = (byte)Math.Clamp(MathF.Round(255 * values[i]), 0, 255);
        }
        return Written(stream => PngWriter.WriteGrey(stream, grey, mask.Width, mask.Height));
    }

    private static byte[] Serialize<T>(IEnumerable<T> items) => JsonSerializer.SerializeToUtf8Bytes(items, JsonSerializerOptions.Web);

    private static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}

/// <summary>A class's share of an image.</summary>
/// <param name="Id">The class's id: its value in masks.</param>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its colour, "#rrggbb".</param>
/// <param name="Share">0 to 1.</param>
internal sealed record ClassShare(int Id, string Name, string Color, double Share);

/// <summary>A connected component of a class.</summary>
/// <param name="ClassId">The class's id.</param>
/// <param name="ClassName">Its name.</param>
/// <param name="Area">Pixels.</param>
/// <param name="Box">Left, top, width and height in pixels.</param>
/// <param name="Centroid">Column and row.</param>
internal sealed record InstanceAnswer(int ClassId, string ClassName, int Area, int[] Box, double[] Centroid);
