using System.Text;
using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>The classes of public data sets, as the pipeline files in this package say.</summary>
internal static class PublicClasses
{
    /// <summary>PASCAL VOC 2012.</summary>
    public static ClassSet Voc => Read("voc.json");

    /// <summary>Cityscapes' 19 classes by train id, each from its id in *_labelIds.png.</summary>
    public static ClassSet Cityscapes => Read("cityscapes.json");

    private static ClassSet Read(string file)
    {
        using Stream stream = typeof(PublicClasses).Assembly.GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return PipelineFile.FromText(file, reader.ReadToEnd()).Classes;
    }
}
