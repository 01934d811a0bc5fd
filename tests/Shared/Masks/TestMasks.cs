using SegML.Annotations;
using SegML.Masks;

namespace SegML.Tests.Masks;

/// <summary>Masks made of numbers.</summary>
internal static class TestMasks
{
    /// <summary>Four classes and the ignore index 255.</summary>
    public static ClassSet Classes { get; } = new(
    [
        new() { Id = 0, Name = "sky", Color = new(135, 206, 235) },
        new() { Id = 1, Name = "road", Color = new(128, 64, 128) },
        new() { Id = 2, Name = "car", Color = new(0, 0, 142) },
        new() { Id = 3, Name = "tree", Color = new(107, 142, 35) },
    ], source: "test.json");

    /// <summary>What is not annotated is sky.</summary>
    public static AnnotationOptions Drawing { get; } = new() { Unlabelled = "sky" };

    /// <summary>Random ids, some ignored.</summary>
    public static SegmentationMask Noise(int width, int height, int seed)
    {
        var random = new Random(seed);
        var mask = new SegmentationMask(width, height, Classes);
        foreach (ref byte id in mask.Ids)
        {
            int value = random.Next(Classes.Count + 1);
            id = value == Classes.Count ? Classes.IgnoreIndex : (byte)value;
        }
        return mask;
    }
}
