using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Scenes.Sets;

/// <summary>Writes a drawn set as people have theirs: folders of images and masks, and a pipeline file that declares classes and data alone.</summary>
public static class DrawnSetFiles
{
    /// <summary>Writes the splits train, val and test.</summary>
    /// <param name="set">The set.</param>
    /// <param name="folder">Receives train/images, train/masks and so on, and pipeline.json.</param>
    /// <param name="seed">Decides the images. Default 1.</param>
    /// <param name="most">Most images of a split; for trying things out. Default: all.</param>
    /// <returns>The pipeline file's path.</returns>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    public static string Write(DrawnSet set, string folder, int seed = 1, int most = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var classes = new ClassSet([.. set.Classes.Select((name, id) => new SegmentationClass { Id = id, Name = name, Color = Palette(id) })]);
        (string Split, int First, int Count)[] splits = [("train", 0, set.Train), ("val", set.Train, set.Held), ("test", set.Train + set.Held, set.Held)];
        foreach ((string split, int first, int count) in splits)
        {
            Parallel.For(first, first + Math.Min(count, most), number =>
                Write(set, set.Create(seed, number), classes, Path.Combine(folder, split, "images", $"{number:000}.png"), Path.Combine(folder, split, "masks", $"{number:000}.png")));
        }
        string path = Path.Combine(folder, "pipeline.json");
        AtomicFile.WriteText(path, $$"""
            {
              "name": "{{set.Name}}",
              "classes": [
                {{string.Join(",\n    ", classes.Classes.Select(c => $$"""{ "id": {{c.Id}}, "name": "{{c.Name}}", "color": "{{c.Color}}" }"""))}}
              ],
              "data": {
                "root": ".",
                "splits": {
                  {{string.Join(",\n      ", splits.Select(s => $$"""{{'"'}}{{s.Split}}": { "images": "{{s.Split}}/images", "masks": "{{s.Split}}/masks" }"""))}}
                }
              }
            }

            """);
        return path;
    }

    private static void Write(DrawnSet set, DrawnImage drawing, ClassSet classes, string imagePath, string maskPath)
    {
        if (set.IsDeep || drawing.Channels == 1)
        {
            double full = set.IsDeep ? 65535 : 255;
            byte[] png = GrayPng.Encode(drawing.Width, drawing.Height, set.IsDeep ? 16 : 8, i => (int)Math.Round(full * drawing.Values[i]));
            AtomicFile.Write(imagePath, stream => stream.Write(png));
        }
        else
        {
            using RgbaImage image = Rgba(drawing);
            ImageFile.Write(imagePath, image);
        }
        if (set.MasksAreBlackAndWhite)
        {
            byte[] png = GrayPng.Encode(drawing.Width, drawing.Height, 8, i => 255 * drawing.Ids[i]);
            AtomicFile.Write(maskPath, stream => stream.Write(png));
        }
        else
        {
            using var mask = new SegmentationMask(drawing.Width, drawing.Height, drawing.Ids, classes);
            MaskFile.Write(maskPath, mask);
        }
    }

    private static RgbaImage Rgba(DrawnImage drawing)
    {
        var image = new RgbaImage(drawing.Width, drawing.Height);
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < drawing.Ids.Length; i++)
        {
            for (int c = 0; c < 4; c++)
            {
                pixels[4 * i + c] = c < drawing.Channels ? (byte)MathF.Round(255 * drawing.Values[i * drawing.Channels + c]) : (byte)255;
            }
        }
        return image;
    }

    // Far apart for neighbouring ids; ground is dark.
    private static Rgb Palette(int id) => id == 0 ? new Rgb(40, 40, 48) : new Rgb((byte)(90 + id * 67 % 160), (byte)(90 + id * 109 % 160), (byte)(90 + id * 151 % 160));
}
