using System.Xml;
using SegML.Files;

namespace SegML.Annotations.Formats;

/// <summary>Reads the XML of annotation files.</summary>
internal static class XmlText
{
    /// <summary>A reader that refuses document types: entities that expand each other would fill the memory.</summary>
    public static XmlReader Reader(Stream stream, ConformanceLevel level = ConformanceLevel.Auto) => XmlReader.Create(new BoundedMarkup(stream), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        IgnoreComments = true,
        IgnoreWhitespace = true,
        IgnoreProcessingInstructions = true,
        ConformanceLevel = level,
    });

    /// <summary>Takes a step, its errors as annotation faults.</summary>
    /// <exception cref="AnnotationFormatException">It is not XML, or is truncated.</exception>
    public static bool Step(XmlReader xml, string path)
    {
        try
        {
            return xml.Read();
        }
        catch (XmlException e)
        {
            throw NotValid(path, e);
        }
        catch (IOException e)
        {
            throw UnreadableFile.Fault(path, AnnotationContent.Fault, e);
        }
    }

    public static AnnotationFormatException NotValid(string path, XmlException e) =>
        new(path, $"is not valid XML (line {e.LineNumber}) or is truncated", "export it again", e);
}
