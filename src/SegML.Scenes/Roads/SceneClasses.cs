using SegML.Images;
using SegML.Masks;

namespace SegML.Scenes.Roads;

/// <summary>What the scenes are made of. Poles are drawn and annotated, and ignored by the task.</summary>
public static class SceneClasses
{
    internal const string Sky = "sky";
    internal const string Building = "building";
    internal const string Tree = "tree";
    internal const string Verge = "verge";
    internal const string Road = "road";
    internal const string Marking = "marking";
    internal const string Car = "car";
    internal const string Pole = "pole";

    /// <summary>Seven classes; annotations of poles become the ignore index.</summary>
    public static ClassSet Create() => new(
        [
            new SegmentationClass { Id = 0, Name = Sky, Color = new Rgb(0x7e, 0xb6, 0xe8) },
            new SegmentationClass { Id = 1, Name = Building, Color = new Rgb(0xb0, 0x5c, 0x48) },
            new SegmentationClass { Id = 2, Name = Tree, Color = new Rgb(0x2e, 0x8b, 0x46) },
            new SegmentationClass { Id = 3, Name = Verge, Color = new Rgb(0xb9, 0xcf, 0x6a) },
            new SegmentationClass { Id = 4, Name = Road, Color = new Rgb(0x80, 0x64, 0x9c) },
            new SegmentationClass { Id = 5, Name = Marking, Color = new Rgb(0xff, 0xe0, 0x3a) },
            new SegmentationClass { Id = 6, Name = Car, Color = new Rgb(0x1f, 0x4e, 0xc8) },
        ],
        new IgnoreClass { Id = 255, From = ["255", Pole] },
        "the quickstart's classes");
}
