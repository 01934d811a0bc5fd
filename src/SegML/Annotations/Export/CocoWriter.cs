using System.Text.Json;
using SegML.Files;
using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>How a mask's instances are written as COCO annotations.</summary>
public sealed record CocoOptions
{
    /// <summary>Which connected components become annotations; null: all of all classes. Leave stuff such as the background out.</summary>
    public InstanceOptions? Instances { get; init; }

    /// <summary>
    /// Polygons, which annotation tools let people edit, or run lengths, which are smaller for ragged shapes. Both give back the very
    /// same pixels. Default true.
    /// </summary>
    public bool Polygons { get; init; } = true;
}

/// <summary>
/// Writes masks as COCO object JSON (cocodataset.org, "Data format"), so that predictions go back into annotation tools as a
/// first draft. One annotation a connected component; a category's id is the class's id plus 1, since COCO counts from 1.
/// Ignored pixels become nothing.
/// </summary>
public static class CocoWriter
{
    /// <summary>Writes a file, whole or not at all. One mask is held at a time.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="masks">Each image's file name and its mask, all of the same classes.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">There are no masks, or they are of different classes.</exception>
    public static void Write(string path, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, CocoOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(masks);
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            Write(json, masks, () => options ?? new CocoOptions());
        });
    }

    /// <summary>The same, with options that may depend on the first mask's classes.</summary>
    internal static void Write(string path, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, Func<CocoOptions> options) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        Write(json, masks, options);
    });

    /// <summary>The same, to a stream.</summary>
    internal static void Write(Stream stream, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions instances)
    {
        using var json = new Utf8JsonWriter(stream);
        Write(json, masks, () => new CocoOptions { Instances = instances });
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, Func<CocoOptions> options)
    {
        var images = new List<(string Name, int Width, int Height)>();
        ClassSet? classes = null;
        int annotations = 0;
        json.WriteStartObject();
        json.WriteStartArray("annotations");
        foreach ((string name, SegmentationMask mask) in masks)
        {
            classes ??= mask.Classes;
            if (!classes.HasNamesOf(mask.Classes))
            {
                throw new ArgumentException($"the mask of {name} has other classes than those before it", nameof(masks));
            }
            images.Add((name, mask.Width, mask.Height));
            foreach (SegmentationInstance instance in mask.Instances(options().Instances))
            {
                WriteAnnotation(json, instance, ++annotations, images.Count, mask, options());
            }
        }
        json.WriteEndArray();
        json.WriteStartArray("images");
        for (int i = 0; i < images.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", i + 1);
            json.WriteString("file_name", images[i].Name);
            json.WriteNumber("width", images[i].Width);
            json.WriteNumber("height", images[i].Height);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("categories");
        foreach (SegmentationClass c in (classes ?? throw new ArgumentException("there are no masks", nameof(masks))).Classes)
        {
            json.WriteStartObject();
            json.WriteNumber("id", c.Id + 1);
            json.WriteString("name", c.Name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAnnotation(Utf8JsonWriter json, SegmentationInstance instance, int id, int image, SegmentationMask mask, CocoOptions options)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", image);
        json.WriteNumber("category_id", instance.ClassId + 1);
        json.WriteNumber("iscrowd", options.Polygons ? 0 : 1);
        json.WriteNumber("area", instance.Area);
        PixelBounds box = instance.Bounds;
        WriteNumbers(json, "bbox", [box.X, box.Y, box.Width, box.Height]);
        if (options.Polygons)
        {
            json.WriteStartArray("segmentation");
            foreach (int[] outline in MaskOutline.Trace(instance))
            {
                WriteNumbers(json, null, outline);
            }
            json.WriteEndArray();
        }
        else
        {
            json.WriteStartObject("segmentation");
            WriteNumbers(json, "size", [mask.Height, mask.Width]);
            json.WriteString("counts", RunLengths.Format(RunLengths.ByColumns(instance, mask.Width, mask.Height)));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string? name, int[] numbers)
    {
        if (name is null)
        {
            json.WriteStartArray();
        }
        else
        {
            json.WriteStartArray(name);
        }
        foreach (int number in numbers)
        {
            json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }
}
