using System.Text;
using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>
/// VGG Image Annotator's CSV: a line a region, with <c>filename</c>, <c>region_shape_attributes</c> and <c>region_attributes</c>, the two
/// latter in JSON as in <see cref="ViaFormat"/>. It has no image sizes.
/// </summary>
internal sealed class ViaCsvFormat : AnnotationFormat
{
    public override string Name => "VIA CSV";

    public override bool NeedsImage => true;

    public override bool HoldsManyImages => true;

    public override bool Recognises(AnnotationContent content)
    {
        ReadOnlySpan<byte> start = content.Start;
        int end = start.IndexOf((byte)'\n');
        return (end < 0 ? start : start[..end]).IndexOf("region_shape_attributes"u8) >= 0;
    }

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        string path = content.Path;
        List<string[]> rows = [.. Rows(content.ReadText())];
        int[] columns = [.. new[] { "filename", "region_shape_attributes", "region_attributes" }.Select(c => Array.FindIndex(rows[0], h => h.TrimStart('#').Trim() == c))];
        if (columns.Contains(-1))
        {
            throw new AnnotationFormatException(path, "lacks one of VIA's columns filename, region_shape_attributes and region_attributes", "export it again");
        }
        var faults = new FaultCounts();
        for (int i = 1; i < rows.Count; i++)
        {
            if (rows[i].Length != rows[0].Length)
            {
                faults.Add(new AnnotationFormatException(path, $"has {rows[i].Length} cells in row {i + 1} instead of {rows[0].Length}", "export it again or correct it"));
            }
        }
        return new AnnotationIndex([.. rows.Skip(1).Where(r => r.Length == rows[0].Length).GroupBy(r => r[columns[0]], StringComparer.Ordinal).Select(group =>
        {
            string[][] regions = [.. group.Where(r => r[columns[1]].Trim() is not ("" or "{}"))];
            return new AnnotationEntry(group.Key, image => Read(group.Key, regions, columns, image, path, options)) { IsBare = regions.Length == 0 };
        })])
        { Faults = faults.All };
    }

    private static AnnotatedImage Read(string name, string[][] regions, int[] columns, string? image, string path, AnnotationOptions options)
    {
        (int width, int height) = ImageLookup.SizeOf(image ?? ImageLookup.Find(path, name, options), path, options);
        string source = $"{path} ({name})";
        var shapes = new ShapeList(source);
        for (int i = 0; i < regions.Length; i++)
        {
            (string[] row, int number) = (regions[i], i);
            shapes.Add(() =>
            {
                using JsonDocument document = JsonText.Parse(
                    Encoding.UTF8.GetBytes($"{{\"shape_attributes\":{row[columns[1]]},\"region_attributes\":{row[columns[2]]}}}"), source);
                return [ViaFormat.Shape(new JsonField(document.RootElement, source, $"region {number}"), options) with { Id = $"region {number}" }];
            });
        }
        return shapes.ToImage(name, width, height);
    }

    /// <summary>RFC 4180: cells in quotes may hold commas, line ends and doubled quotes.</summary>
    private static IEnumerable<string[]> Rows(string text)
    {
        var row = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                cell.Append(text[i++]);
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is ',' or '\n' || i == text.Length)
            {
                row.Add(cell.ToString().TrimEnd('\r'));
                cell.Clear();
                if (c == '\n' || i == text.Length)
                {
                    if (row.Count > 1 || row[0].Length > 0)
                    {
                        yield return [.. row];
                    }
                    row.Clear();
                }
            }
            else
            {
                cell.Append(c);
            }
        }
    }
}
