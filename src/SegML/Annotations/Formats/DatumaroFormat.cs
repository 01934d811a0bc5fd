namespace SegML.Annotations.Formats;

/// <summary>
/// Datumaro's JSON (github.com/open-edge-platform/datumaro): one file a subset, with <c>categories.label.labels</c> and <c>items</c>, each with
/// its <c>image</c> and <c>annotations</c> of type polygon, mask (run lengths as COCO's), polyline, ellipse, bbox or points, drawn by
/// <c>z_order</c>. Labels and captions say nothing of pixels. Sizes that the file does not have are read from the images.
/// </summary>
internal sealed class DatumaroFormat : AnnotationFormat
{
    public override string Name => "Datumaro JSON";

    public override bool HoldsManyImages => true;

    public override bool Recognises(AnnotationContent content) => content.Json is { IsArray: false } json
        && json.HasArray("items") && (json.HasObject("categories") || json.Holds("items", "annotations"));

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        var labels = new List<string>();
        var faults = new FaultCounts();
        List<AnnotationEntry> entries = JsonItems.Read(content, "items", (item, again) =>
        {
            JsonField? image = item.Optional("image") ?? item.Optional("media");
            string id = item["id"].Text(), name = image?.Optional("path") is { IsText: true } path && path.Text().Length > 0 ? path.Text() : id;
            return new AnnotationEntry(name, file => again(i => Read(i, name, file, labels, options)))
            {
                Id = id,
                OtherNames = [id],
                IsBare = item.Optional("annotations") is { IsArray: true, Count: 0 },
            };
        }, faults, (property, value) =>
        {
            if (property == "categories" && value.Optional("label")?.Optional("labels") is { } list)
            {
                labels.AddRange(list.Items().Select(l => l["name"].Text()));
            }
        });
        return new AnnotationIndex(entries) { Classes = [.. labels.Select(l => new AnnotationClass(l))], Faults = faults.All };
    }

    private static AnnotatedImage Read(JsonField item, string name, string? file, List<string> labels, AnnotationOptions options)
    {
        string source = $"{item.Source} ({name})";
        (int width, int height) = (item.Optional("image") ?? item.Optional("media"))?.Optional("size") is { IsArray: true, Count: 2 } size
            ? size.Items().Select(s => s.Side()).ToArray() is [var rows, var columns] ? (columns, rows) : default
            : ImageLookup.SizeOf(file ?? ImageLookup.Find(item.Source, name, options), item.Source, options);
        AnnotatedImage.CheckSize(width, height, source);
        var shapes = new ShapeList(source);
        IEnumerable<JsonField> annotations = item["annotations"].Items().Select((a, i) => new JsonField(a.Element, source, $"annotation {i}"));
        foreach (JsonField annotation in annotations.OrderBy(a => a.Optional("z_order") is { IsNumber: true } order ? order.Number() : 0))
        {
            shapes.Add(() => Shapes(annotation, labels, (width, height), options));
        }
        return shapes.ToImage(name, width, height);
    }

    private static IEnumerable<AnnotationShape> Shapes(JsonField annotation, List<string> labels, (int Width, int Height) size, AnnotationOptions options)
    {
        string type = annotation["type"].Text();
        if (type is "label" or "caption" or "hash_key" or "feature_vector")
        {
            return [];
        }
        if (type is "bbox" or "points" or "skeleton" or "rotated_bbox")
        {
            throw annotation.Bad($"has a {type} ({annotation.Place})", "give it a polygon or mask, or delete it",
                type is "points" or "skeleton" ? AnnotationFaultKind.Keypoints : AnnotationFaultKind.BoxOnly);
        }
        long id = annotation["label_id"].Whole("ids");
        string label = id >= 0 && id < labels.Count ? labels[(int)id]
            : throw annotation.Bad($"has the label_id {id} ({annotation.Place}), which is not in its list of labels", kind: AnnotationFaultKind.UnknownClass);
        AnnotationShape shape = type switch
        {
            "polygon" => new PolygonShape(label, Points(annotation)) { Rule = PolygonRule.Fifths },
            "polyline" => new LineShape(label, Points(annotation), options.LineThickness ?? 1),
            "mask" => CocoIndex.RunLengthsOf(label, annotation["rle"], size.Width, size.Height),
            "ellipse" when Points(annotation) is [var a, var b] => new EllipseShape(label, new((a.X + b.X) / 2, (a.Y + b.Y) / 2), Math.Abs(b.X - a.X) / 2, Math.Abs(b.Y - a.Y) / 2),
            _ => throw annotation.Bad($"has a {type} ({annotation.Place}, \"{label}\"), which is not supported", "convert it to a polygon, or delete it", AnnotationFaultKind.Unsupported),
        };
        return [shape with { Id = annotation.Place }];
    }

    private static List<AnnotationPoint> Points(JsonField annotation)
    {
        double[] values = [.. annotation["points"].Items().Select(n => n.Number())];
        return values.Length % 2 == 0 ? [.. values.Chunk(2).Select(p => new AnnotationPoint(p[0], p[1]))]
            : throw annotation.Bad($"has {values.Length} numbers for points ({annotation.Place})");
    }
}
