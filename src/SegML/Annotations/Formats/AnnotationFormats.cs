namespace SegML.Annotations.Formats;

/// <summary>The annotation formats that are read.</summary>
/// <remarks>
/// Each follows the rasteriser of its own tool. Where that draws polygons otherwise than by pixel centres, with the pixels that differ from it on random
/// polygons, concave and crossing themselves among them:
/// <list type="table">
/// <item><term>COCO and Datumaro JSON</term><description>pycocotools: the outline on a grid of fifths of a pixel (<see cref="PolygonRule.Fifths"/>); 0 of 458,946.</description></item>
/// <item><term>LabelMe JSON</term><description>Pillow: whole coordinates, no outline (<see cref="PolygonRule.Rounded"/>); 0 on LabelMe's three examples.</description></item>
/// <item><term>Cityscapes JSON</term><description>Pillow, as LabelMe; what no polygon covers is unlabelled. 0 of 482,260 (Pillow 9.4).</description></item>
/// <item><term>YOLO text</term><description>OpenCV's fillPoly: coordinates rounded to pixels, outline included (<see cref="PolygonRule.Outlined"/>); 1,023 of 623,591 (OpenCV 4.6).</description></item>
/// <item><term>CVAT, Supervisely, Label Studio, VIA, Mapillary, VOC and LabelMe XML</term><description>Pixel centres.</description></item>
/// </list>
/// </remarks>
public static class AnnotationFormats
{
    private static AnnotationFormat[] _all =
    [
        new CocoFormat(),
        new CvatFormat(),
        new LabelMeFormat(),
        new CityscapesFormat(),
        new SuperviselyFormat(),
        new LabelStudioFormat(),
        new ViaFormat(),
        new ViaCsvFormat(),
        new DatumaroFormat(),
        new MapillaryFormat(),
        new SegmentAnythingFormat(),
        new VocXmlFormat(),
        new YoloFormat(),
    ];

    /// <summary>All formats, an app's own first.</summary>
    public static IReadOnlyList<AnnotationFormat> All => _all;

    /// <summary>Their names in one line, for help and errors.</summary>
    public static string Names => string.Join(", ", _all.Select(f => f.Name));

    /// <summary>Adds a format, which is asked before those that are there.</summary>
    public static void Register(AnnotationFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        AnnotationFormat[] before;
        do
        {
            before = _all;
        }
        while (Interlocked.CompareExchange(ref _all, [format, .. before], before) != before);
    }

    /// <summary>The format of a file.</summary>
    /// <exception cref="AnnotationFormatException">It is of no format that is read; where it is one of another tool's, that is named.</exception>
    internal static AnnotationFormat Of(AnnotationContent content)
    {
        AnnotationFormat? format = null;
        content.Look(() => (format = _all.FirstOrDefault(f => f.Recognises(content))) is not null);
        return format ?? throw ForeignFormats.Name(content);
    }
}
