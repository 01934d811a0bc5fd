namespace SegML.Scoring.Adoption.Presets;

/// <summary>The classes of data sets that published models are trained on, in their published order.</summary>
public static class KnownClasses
{
    /// <summary>PASCAL VOC 2012.</summary>
    public static IReadOnlyList<string> Voc { get; } =
    [
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse", "motorbike",
        "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ];

    /// <summary>Cityscapes' 19 classes by train id.</summary>
    public static IReadOnlyList<string> Cityscapes { get; } =
    [
        "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car",
        "truck", "bus", "train", "motorcycle", "bicycle",
    ];

    /// <summary>The classes of a published set, by its name; null: none of that name.</summary>
    public static IReadOnlyList<string>? Named(string name) => name.ToLowerInvariant() switch
    {
        "voc" => Voc,
        "cityscapes" => Cityscapes,
        _ => null,
    };
}
