using System.Text;
using System.Text.Json;
using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>
/// Writes what is in a scene as Supervisely JSON: objects in the order in which they cover one another, polygons with
/// holes, and lines (developer.supervisely.com, "Supervisely annotation format"); a line's thickness is SegML's addition.
/// </summary>
public static class SceneAnnotation
{
    /// <summary>The annotation of a scene. It is all that training learns of what the picture shows.</summary>
    public static string ToJson(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("description", "");
            json.WriteStartArray("tags");
            json.WriteEndArray();
            json.WriteStartObject("size");
            json.WriteNumber("height", scene.Height);
            json.WriteNumber("width", scene.Width);
            json.WriteEndObject();
            json.WriteStartArray("objects");
            foreach (SceneShape shape in scene.Shapes.Where(s => s.Title is not null && InPicture(s, scene)))
            {
                WriteObject(json, shape);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteObject(Utf8JsonWriter json, SceneShape shape)
    {
        json.WriteStartObject();
        json.WriteString("classTitle", shape.Title);
        json.WriteString("geometryType", shape.Thickness == 0 ? "polygon" : "line");
        if (shape.Thickness > 0)
        {
            json.WriteNumber("thickness", shape.Thickness);
        }
        json.WriteStartArray("tags");
        json.WriteEndArray();
        json.WriteStartObject("points");
        json.WritePropertyName("exterior");
        WritePoints(json, shape.Points);
        json.WriteStartArray("interior");
        foreach (IReadOnlyList<SKPoint> hole in shape.Holes)
        {
            WritePoints(json, hole);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePoints(Utf8JsonWriter json, IReadOnlyList<SKPoint> points)
    {
        json.WriteStartArray();
        foreach (SKPoint point in points)
        {
            json.WriteStartArray();
            // Supervisely's coordinates name pixels: a pixel's centre, not its corner, is at whole numbers.
            json.WriteNumberValue(Math.Round((decimal)point.X - 0.5m, 2));
            json.WriteNumberValue(Math.Round((decimal)point.Y - 0.5m, 2));
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static bool InPicture(SceneShape shape, Scene scene)
    {
        float reach = shape.Thickness / 2f;
        return shape.Points.Max(p => p.X) + reach > 0 && shape.Points.Min(p => p.X) - reach < scene.Width
            && shape.Points.Max(p => p.Y) + reach > 0 && shape.Points.Min(p => p.Y) - reach < scene.Height;
    }
}
