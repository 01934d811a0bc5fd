using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace SegML.Annotations.Formats;

/// <summary>An XML element that knows where it is, so that each reader says in one line what it wants and every fault names file and place.</summary>
/// <param name="element">The element.</param>
/// <param name="source">The file, and the image where it has several.</param>
internal readonly struct XmlEntry(XElement element, string source)
{
    public XElement Element => element;

    public string Name => element.Name.LocalName;

    public string Source => source;

    /// <summary>A child element; null: there is none.</summary>
    public XmlEntry? Child(string child) => element.Element(child) is { } found ? new XmlEntry(found, source) : null;

    /// <summary>Parses an element.</summary>
    /// <exception cref="AnnotationFormatException">It is not XML.</exception>
    public static XmlEntry Parse(byte[] text, string source)
    {
        try
        {
            using XmlReader xml = XmlText.Reader(new MemoryStream(text), ConformanceLevel.Document);
            return new XmlEntry(XElement.Load(xml), source);
        }
        catch (XmlException e)
        {
            throw XmlText.NotValid(source, e);
        }
    }

    /// <summary>An attribute that has to be there.</summary>
    public string Text(string attribute) => Optional(attribute) ?? throw Bad($"has {Name} without {attribute}");

    /// <summary>An attribute that may be missing.</summary>
    public string? Optional(string attribute) => element.Attribute(attribute)?.Value;

    public double Number(string attribute) => Parse(Text(attribute), attribute);

    public double Number(string attribute, double missing) => Optional(attribute) is { } text ? Parse(text, attribute) : missing;

    public int Side(string attribute) => Number(attribute) is var value && value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue
        ? (int)value
        : throw Bad($"has {Name} with {attribute} {value.ToString(CultureInfo.InvariantCulture)}, which is not a whole number of pixels");

    public IEnumerable<double> Numbers(string attribute)
    {
        XmlEntry entry = this;
        return Text(attribute).Split(',').Select(n => entry.Parse(n, attribute));
    }

    public List<AnnotationPoint> Points(string attribute)
    {
        var points = new List<AnnotationPoint>();
        foreach (string pair in Text(attribute).Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split(',');
            points.Add(parts.Length == 2
                ? new AnnotationPoint(Parse(parts[0], attribute), Parse(parts[1], attribute))
                : throw Bad($"has a point that is not two numbers ({Name}.{attribute}, point {points.Count})"));
        }
        return points;
    }

    /// <summary>A child element's number.</summary>
    public double ChildNumber(string child) => Parse(element.Element(child)?.Value ?? throw Bad($"has {Name} without {child}"), child);

    /// <summary>A child element's text; null: there is none.</summary>
    public string? ChildText(string child) => element.Element(child)?.Value.Trim() is { Length: > 0 } text ? text : null;

    public AnnotationFormatException Bad(string fault, string fix = "export it again or correct it", AnnotationFaultKind kind = AnnotationFaultKind.Malformed) =>
        new(source, fault, fix) { Kind = kind };

    private double Parse(string text, string what) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
        ? value
        : throw Bad($"has {Name} with {what} \"{(text.Length > 20 ? text[..20] : text)}\", which is not a number");
}
