using System.Text.Json.Serialization;

namespace SegML.Datasets;

/// <summary>What a check of a data set can find.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingKind>))]
public enum FindingKind
{
    /// <summary>A split's folder or list cannot be used at all. An error.</summary>
    [JsonStringEnumMemberName("badSource")] BadSource,

    /// <summary>A list names an image that is not there. An error.</summary>
    [JsonStringEnumMemberName("missingListed")] MissingListed,

    /// <summary>An image has no mask. An error.</summary>
    [JsonStringEnumMemberName("missingMask")] MissingMask,

    /// <summary>A mask has no image. A warning: training leaves it alone.</summary>
    [JsonStringEnumMemberName("missingImage")] MissingImage,

    /// <summary>Two images lay claim to one mask. An error.</summary>
    [JsonStringEnumMemberName("doubleImage")] DoubleImage,

    /// <summary>Two masks lay claim to one image. An error.</summary>
    [JsonStringEnumMemberName("doubleMask")] DoubleMask,

    /// <summary>An image is empty, truncated, damaged or not an image. An error.</summary>
    [JsonStringEnumMemberName("unreadableImage")] UnreadableImage,

    /// <summary>A mask is empty, truncated, damaged or not a mask. An error.</summary>
    [JsonStringEnumMemberName("unreadableMask")] UnreadableMask,

    /// <summary>An image and its mask differ in size. An error.</summary>
    [JsonStringEnumMemberName("sizeMismatch")] SizeMismatch,

    /// <summary>Masks hold a value that stands for no class. An error.</summary>
    [JsonStringEnumMemberName("unknownValue")] UnknownValue,

    /// <summary>Masks hold a colour that stands for no class. An error.</summary>
    [JsonStringEnumMemberName("unknownColor")] UnknownColor,

    /// <summary>Annotations name a class that the pipeline does not have. An error.</summary>
    [JsonStringEnumMemberName("unknownName")] UnknownName,

    /// <summary>Annotated objects take no pixels: boxes, keypoints, damaged or empty outlines. An error, or a warning where they are skipped.</summary>
    [JsonStringEnumMemberName("unusableObject")] UnusableObject,

    /// <summary>The classes leave most of the masks out, and the masks look as if they held other numbers. A warning.</summary>
    [JsonStringEnumMemberName("poorFit")] PoorFit,

    /// <summary>Images use so little of the range that input.mean and input.std are made for that a network sees them nearly uniform. A warning.</summary>
    [JsonStringEnumMemberName("narrowRange")] NarrowRange,

    /// <summary>Every pixel of a mask is ignored. A warning: the image teaches nothing.</summary>
    [JsonStringEnumMemberName("ignoredMask")] IgnoredMask,

    /// <summary>A class occurs nowhere in a split. A warning.</summary>
    [JsonStringEnumMemberName("absentClass")] AbsentClass,

    /// <summary>Two splits hold all but the same frame, so that one gives away the other. A warning.</summary>
    [JsonStringEnumMemberName("nearDuplicate")] NearDuplicate,
}
