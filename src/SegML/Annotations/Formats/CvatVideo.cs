using System.Globalization;
using System.Xml.Linq;

namespace SegML.Annotations.Formats;

/// <summary>
/// The frames of CVAT's XML for videos: a <c>track</c> is one object over time, its shapes at keyframes; <c>outside</c> hides it from
/// that frame on. Between keyframes numbers are interpolated where both shapes have the same ones, as CVAT does for boxes, ellipses and
/// polygons of as many corners; else the earlier shape stays. Frames are called <c>frame_000010</c>, as CVAT exports them.
/// </summary>
internal sealed class CvatVideo
{
    private static readonly string[] _interpolated = ["points", "xtl", "ytl", "xbr", "ybr", "cx", "cy", "rx", "ry", "rotation"];

    private readonly string _path;
    private readonly AnnotationOptions _options;
    private readonly int _width, _height, _start, _stop, _step;
    private readonly (string Label, XElement[] Shapes)[] _tracks;

    /// <exception cref="AnnotationFormatException">The file does not say how large the frames are, or a track's frames are not numbers.</exception>
    public CvatVideo(XElement? meta, IReadOnlyList<XElement> tracks, string path, AnnotationOptions options)
    {
        (_path, _options) = (path, options);
        XElement[] sizes = [.. meta?.Descendants("original_size") ?? []];
        if (sizes.Length != 1)
        {
            throw new AnnotationFormatException(path, sizes.Length == 0 ? "is XML for videos without original_size" : "has the tracks of several tasks",
                sizes.Length == 0 ? "export it again" : "export each task by itself, or as \"CVAT for images 1.1\"");
        }
        var size = new XmlEntry(sizes[0], path);
        (_width, _height) = ((int)size.ChildNumber("width"), (int)size.ChildNumber("height"));
        AnnotatedImage.CheckSize(_width, _height, path);
        _tracks = [.. tracks.Select(t => (t.Attribute("label")?.Value ?? "", t.Elements().OrderBy(FrameOf).ToArray()))];
        int last = _tracks.SelectMany(t => t.Shapes).Select(FrameOf).DefaultIfEmpty(0).Max();
        _start = (int)Number(meta, "start_frame", 0);
        _stop = (int)Math.Min(Number(meta, "stop_frame", last), int.MaxValue - 1);
        string filter = meta!.Descendants("frame_filter").FirstOrDefault()?.Value ?? "";
        _step = filter.StartsWith("step=", StringComparison.Ordinal) && int.TryParse(filter[5..], out int step) && step > 0 ? step : 1;
        // A file that claims more frames than its shapes reach would list images by the million.
        if ((long)_stop - _start > 10_000_000)
        {
            throw new AnnotationFormatException(path, $"has frames from {_start} to {_stop}", "export it again");
        }
    }

    /// <summary>All frames of the task, those without objects included.</summary>
    public IEnumerable<AnnotationEntry> Frames()
    {
        for (int frame = _start; frame <= _stop; frame += _step)
        {
            int number = frame;
            string name = string.Create(CultureInfo.InvariantCulture, $"frame_{frame:000000}");
            yield return new AnnotationEntry(name, _ => Read(number, name)) { Id = number.ToString(CultureInfo.InvariantCulture) };
        }
    }

    private AnnotatedImage Read(int frame, string name) => CvatFormat.Draw(
        _tracks.Select(t => At(t.Label, t.Shapes, frame)).OfType<XElement>(), name, _width, _height, $"{_path} ({name})", _options);

    /// <summary>The track's shape at a frame; null where it is outside.</summary>
    private static XElement? At(string label, XElement[] shapes, int frame)
    {
        int next = Array.FindIndex(shapes, s => FrameOf(s) > frame);
        XElement? before = next < 0 ? shapes.LastOrDefault() : next == 0 ? null : shapes[next - 1];
        if (before is null || before.Attribute("outside")?.Value == "1")
        {
            return null;
        }
        var shape = new XElement(before);
        shape.SetAttributeValue("label", label);
        if (next > 0 && FrameOf(before) < frame)
        {
            double share = (double)(frame - FrameOf(before)) / (FrameOf(shapes[next]) - FrameOf(before));
            foreach (string name in _interpolated)
            {
                if (shape.Attribute(name) is { } from && shapes[next].Attribute(name) is { } to && Between(from.Value, to.Value, share) is { } value)
                {
                    from.Value = value;
                }
            }
        }
        return shape;
    }

    /// <summary>Numbers with separators between two texts of as many numbers; null: they do not match, or are none.</summary>
    private static string? Between(string from, string to, double share)
    {
        string[][] a = [.. from.Split(';').Select(p => p.Split(','))], b = [.. to.Split(';').Select(p => p.Split(','))];
        if (a.Length != b.Length)
        {
            return null;
        }
        var points = new string[a.Length];
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i].Length != b[i].Length)
            {
                return null;
            }
            var numbers = new string[a[i].Length];
            for (int j = 0; j < numbers.Length; j++)
            {
                if (!double.TryParse(a[i][j], NumberStyles.Float, CultureInfo.InvariantCulture, out double first)
                    || !double.TryParse(b[i][j], NumberStyles.Float, CultureInfo.InvariantCulture, out double second))
                {
                    return null;
                }
                numbers[j] = (first + (second - first) * share).ToString("R", CultureInfo.InvariantCulture);
            }
            points[i] = string.Join(',', numbers);
        }
        return string.Join(';', points);
    }

    private static int FrameOf(XElement shape) => int.TryParse(shape.Attribute("frame")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int frame) ? frame : 0;

    private static double Number(XElement? meta, string name, double missing) =>
        double.TryParse(meta?.Descendants(name).FirstOrDefault()?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and < int.MaxValue
            ? value : missing;
}
