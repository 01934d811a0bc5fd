using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SegML.Annotations.Formats;
using SegML.Images;
using SegML.Masks;

namespace SegML.Discovery;

/// <summary>
/// Lists of classes that tools write next to their data: Supervisely's meta.json, VOC's labelmap.txt, Roboflow's _classes.csv, Datumaro's
/// dataset_meta.json, Mapillary's config.json, CamVid's label_colors.txt, labelmap.csv, LabelMe's and MOTS' labels.txt, and YOLO's data.yaml.
/// </summary>
internal static partial class ClassList
{
    /// <summary>A class, the value that masks have for it, and its colour, as far as the list gives them.</summary>
    public sealed record Entry(string Name, int? Value, Rgb? Color);

    /// <summary>The first list in a data set.</summary>
    /// <returns>The file and its classes; null: there is none.</returns>
    public static (string File, IReadOnlyList<Entry> Classes)? Find(FolderTree tree)
    {
        foreach (string file in tree.Files.OrderBy(f => f.Count(c => c == '/')))
        {
            IReadOnlyList<Entry> classes;
            try
            {
                classes = Read(tree.Full(file), Path.GetFileName(file).ToLowerInvariant());
            }
            catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or AnnotationFormatException)
            {
                continue;
            }
            if (classes.Count > 0)
            {
                return (file, classes);
            }
        }
        return null;
    }

    private static IReadOnlyList<Entry> Read(string path, string name) => name switch
    {
        "meta.json" or "dataset_meta.json" => FromJson(path),
        _ when name.StartsWith("config", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal) => FromJson(path),
        "labelmap.txt" or "label_colors.txt" or "_classes.csv" or "labelmap.csv" or "class_dict.csv" => [.. File.ReadLines(path).Select(FromLine).OfType<Entry>()],
        "data.yaml" or "data.yml" or "dataset.yaml" or "obj.names" or "classes.txt" =>
            [.. YoloNames.In(Path.GetDirectoryName(path)!).Select((n, i) => n is null ? null : new Entry(n, i, null)).OfType<Entry>()],
        "labels.txt" => FromNames([.. File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0)]),
        _ => [],
    };

    /// <summary>A name a line; LabelMe's begins with what is ignored, which has no number.</summary>
    private static IReadOnlyList<Entry> FromNames(IReadOnlyList<string> names) =>
        names.Count > 255 || names.Any(n => double.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) ? []
            : [.. names.Where(n => n != "__ignore__").Select(n => new Entry(n.Trim('_'), null, null))];

    private static IReadOnlyList<Entry> FromJson(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return [];
        }
        if (root.TryGetProperty("label_map", out JsonElement map) && map.ValueKind == JsonValueKind.Object)
        {
            JsonElement[] colors = root.TryGetProperty("segmentation_colors", out JsonElement list) ? [.. list.EnumerateArray()] : [];
            return [.. map.EnumerateObject().Select((p, i) => new Entry(p.Value.GetString() ?? "", int.TryParse(p.Name, out int value) ? value : null,
                i < colors.Length ? new JsonField(colors[i], path).Color() : null))];
        }
        // Supervisely's "classes" have title and color, Mapillary's "labels" name and color.
        (string key, string title) = root.TryGetProperty("classes", out JsonElement found) ? ("classes", "title") : ("labels", "name");
        return root.TryGetProperty(key, out found) && found.ValueKind == JsonValueKind.Array
            ? [.. found.EnumerateArray().Where(c => c.ValueKind == JsonValueKind.Object && c.TryGetProperty(title, out _)).Select((c, i) => new Entry(c.GetProperty(title).GetString() ?? "",
                key == "labels" ? i : null, c.TryGetProperty("color", out JsonElement color) ? new JsonField(color, path).Color() : null))]
            : [];
    }

    /// <summary>"name:r,g,b:parts:actions", "r g b name", "name,r,g,b" or "value, name".</summary>
    private static Entry? FromLine(string line)
    {
        if (NameAndColor().Match(line) is { Success: true } colored)
        {
            return new Entry(colored.Groups[1].Value.Trim(), null, Color(colored, 2));
        }
        if (ColorAndName().Match(line) is { Success: true } reversed)
        {
            return new Entry(reversed.Groups[4].Value.Trim(), null, Color(reversed, 1));
        }
        return ValueAndName().Match(line) is { Success: true } valued
            ? new Entry(valued.Groups[2].Value.Trim(), int.Parse(valued.Groups[1].Value, CultureInfo.InvariantCulture), null)
            : null;
    }

    private static Rgb? Color(Match match, int first) =>
        byte.TryParse(match.Groups[first].Value, out byte r) && byte.TryParse(match.Groups[first + 1].Value, out byte g) && byte.TryParse(match.Groups[first + 2].Value, out byte b)
            ? new Rgb(r, g, b) : null;

    [GeneratedRegex(@"^([^#:,][^:,]*)[:,]\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*(?::.*)?$")]
    private static partial Regex NameAndColor();

    [GeneratedRegex(@"^(\d+)\s+(\d+)\s+(\d+)\s+(\D.*)$")]
    private static partial Regex ColorAndName();

    [GeneratedRegex(@"^\s*(\d+)\s*,\s*([^,]+)$")]
    private static partial Regex ValueAndName();
}
