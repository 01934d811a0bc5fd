using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>
/// Label Studio's JSON and JSON-MIN (labelstud.io, "Export annotations"): one file for many images. A region has its <c>type</c>
/// (polygonlabels, brushlabels, rectanglelabels, ellipselabels, ...), the image's <c>original_width</c> and <c>original_height</c> and a
/// <c>value</c> with coordinates in per cent of them, or brush strokes as <see cref="LabelStudioBrush">run lengths</see>. Later regions are
/// drawn over earlier ones. Of several annotations of one task the first that was not cancelled counts; the others are unusable.
/// </summary>
internal sealed class LabelStudioFormat : AnnotationFormat
{
    private static readonly string[] _kinds = ["polygon", "brush", "rectangle", "ellipse", "keypoint", "vector"];

    public override string Name => "Label Studio JSON";

    public override bool HoldsManyImages => true;

    public override bool Recognises(AnnotationContent content) => content.Json is { IsArray: true } json
        && ((json.ItemHolds("annotations") || json.ItemHolds("completions")) && json.ItemHolds("data") || json.ItemHolds("annotation_id") || json.ItemHolds("lead_time"));

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        var faults = new FaultCounts();
        List<AnnotationEntry> entries = JsonItems.Read(content, "", (task, again) =>
        {
            string address = AddressOf(task) ?? throw task.Bad($"has a task without an image ({task.Place})");
            string name = NameOf(address);
            return new AnnotationEntry(name, image => again(t => Read(t, name, image, options)))
            {
                Id = task.Optional("id") is { } id ? id.Element.ToString() : null,
                // Uploaded files get eight hexadecimal digits in front of their name.
                OtherNames = Path.GetFileName(name) is var file && file.Length > 9 && file[8] == '-' && file[..8].All(char.IsAsciiHexDigitLower) ? [file[9..]] : [],
            };
        }, faults);
        return new AnnotationIndex(entries) { Faults = faults.All };
    }

    private static string? AddressOf(JsonField task)
    {
        JsonElement data = task.Optional("data")?.Element ?? task.Element;
        if (data.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        string[] texts = [.. data.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String).OrderBy(p => p.Name != "image").Select(p => p.Value.GetString()!)];
        // An address may be that of a service; the upload's own name is then all there is.
        return texts.FirstOrDefault(t => Images.ImageFile.HasExtension(NameOf(t)))
            ?? (task.Optional("file_upload") is { IsText: true } upload && upload.Text().Length > 0 ? upload.Text() : null)
            ?? (data.TryGetProperty("image", out JsonElement image) && image.ValueKind == JsonValueKind.String && NameOf(image.GetString()!).Length > 0 ? image.GetString() : null);
    }

    /// <summary>The image's path in an address: /data/upload/1/a.jpg, /data/local-files/?d=folder/a.jpg, s3://bucket/folder/a.jpg.</summary>
    private static string NameOf(string address)
    {
        int file = address.IndexOf("?d=", StringComparison.Ordinal), query = address.IndexOf('?', StringComparison.Ordinal);
        string path = file >= 0 ? address[(file + 3)..] : query >= 0 ? address[..query] : address;
        int scheme = path.IndexOf("://", StringComparison.Ordinal);
        // The folders of uploads are the server's.
        path = path.StartsWith("/data/upload/", StringComparison.Ordinal) ? Path.GetFileName(path) : path;
        return Uri.UnescapeDataString(scheme >= 0 ? path[(scheme + 3)..] : path).TrimStart('/');
    }

    private static AnnotatedImage Read(JsonField task, string name, string? image, AnnotationOptions options)
    {
        string source = $"{task.Source} ({name})";
        var shapes = new ShapeList(source);
        (int Width, int Height)? size = null;
        List<JsonField> results = Results(task, shapes, source);
        ILookup<string, JsonField> labels = results.Where(r => r.Optional("type") is { IsText: true } type && type.Text() == "labels" && r.Optional("id") is { IsText: true })
            .ToLookup(r => r["id"].Text());
        foreach (JsonField result in results)
        {
            string type = result.Optional("type") is { IsText: true } text ? text.Text() : "";
            string? kind = Array.Find(_kinds, k => type.StartsWith(k, StringComparison.Ordinal)) ?? (type.Length == 0 ? KindOf(result) : null);
            if (kind is null)
            {
                continue;
            }
            shapes.Add(() =>
            {
                size ??= (result["original_width"].Side(), result["original_height"].Side());
                AnnotatedImage.CheckSize(size.Value.Width, size.Value.Height, source);
                return [Shape(kind, result, labels, size.Value, options)];
            });
        }
        (int width, int height) = size ?? ImageLookup.SizeOf(image ?? ImageLookup.Find(task.Source, name, options), task.Source, options);
        return shapes.ToImage(name, width, height);
    }

    private static List<JsonField> Results(JsonField task, ShapeList shapes, string source)
    {
        if ((task.Optional("annotations") ?? task.Optional("completions")) is { } annotations)
        {
            JsonField[] kept = [.. annotations.Items().Where(a => a.Optional("was_cancelled") is not { Element.ValueKind: JsonValueKind.True })];
            foreach (JsonField other in kept.Skip(1))
            {
                shapes.Add(new AnnotationFormatException(source, $"has {kept.Length.Of("annotation")} of one task", "keep one of them") { Kind = AnnotationFaultKind.Repeated });
            }
            return kept.Length == 0 ? [] : [.. Named(kept[0]["result"], source)];
        }
        // JSON-MIN: each control tag is a property of the task, its regions without a "value" around them.
        return [.. task.Element.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array).Select(p => new JsonField(p.Value, source, p.Name))
            .SelectMany(f => f.Items()).Where(r => r.Optional("original_width") is not null)];
    }

    private static IEnumerable<JsonField> Named(JsonField result, string source) =>
        result.Items().Select((r, i) => new JsonField(r.Element, source, r.Optional("id") is { IsText: true } id ? $"region {id.Text()}" : $"region {i}"));

    private static string? KindOf(JsonField region) => Array.Find(_kinds, k => region.Optional(k + "labels") is not null) ?? (region.Optional("rle") is not null ? "brush" : null);

    private static AnnotationShape Shape(string kind, JsonField result, ILookup<string, JsonField> labels, (int Width, int Height) size, AnnotationOptions options)
    {
        JsonField value = result.Optional("value") ?? result;
        string label = LabelOf(kind, value) ?? (result.Optional("id") is { IsText: true } id ? labels[id.Text()].Select(l => LabelOf("", l["value"])).FirstOrDefault(l => l is not null) : null)
            ?? throw result.Bad($"has a {kind} without a label ({result.Place})", "label it, or delete it", AnnotationFaultKind.UnknownClass);
        double turn = value.Optional("rotation") is { IsNumber: true } rotation ? rotation.Number() : 0;
        AnnotationShape shape = kind switch
        {
            "polygon" => new PolygonShape(label, [.. value["points"].Points().Select(p => Place(p.X, p.Y))]),
            "rectangle" when Place(value["x"].Number(), value["y"].Number()) is var corner && Place(value["width"].Number(), value["height"].Number()) is var extent =>
                CvatFormat.Turned(PolygonShape.Rectangle(label, corner, new(corner.X + extent.X, corner.Y + extent.Y)), turn, corner),
            "ellipse" => new EllipseShape(label, Place(value["x"].Number(), value["y"].Number()),
                value["radiusX"].Number() * size.Width / 100, value["radiusY"].Number() * size.Height / 100, turn),
            "brush" => LabelStudioBrush.Shape(label, value["rle"], size.Width, size.Height),
            "vector" => new LineShape(label, [.. value["vertices"].Items().Select(v => Place(v["x"].Number(), v["y"].Number()))], options.LineThickness ?? 1),
            _ => throw result.Bad($"has a {kind} (\"{label}\", {result.Place})", "give it a polygon or brush, or delete it", AnnotationFaultKind.Keypoints),
        };
        return shape with { Id = result.Place };

        // Per cent are rarely exact: what was a pixel's centre or edge has to be one again.
        AnnotationPoint Place(double x, double y) => new(Math.Round(x * size.Width / 100, 6), Math.Round(y * size.Height / 100, 6));
    }

    private static string? LabelOf(string kind, JsonField value) => (value.Optional(kind + "labels") ?? value.Optional("labels")) is { IsArray: true, Count: > 0 } names
        ? names.Items().First().Text()
        : null;
}
