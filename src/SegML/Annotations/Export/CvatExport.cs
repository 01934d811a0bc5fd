using System.Globalization;
using System.Xml;
using SegML.Files;
using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>CVAT's XML for images: one file to upload to a task of the same images, polygons along the pixels' edges.</summary>
internal sealed class CvatExport : AnnotationExport
{
    public override string Name => "cvat";

    /// <inheritdoc/>
    public override IEnumerable<string> FilesOf(string folder, string imageName) => [Path.Combine(folder, "annotations.xml")];

    public override string Write(string folder, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions? instances = null)
    {
        string path = Path.Combine(folder, "annotations.xml");
        AtomicFile.Write(path, stream =>
        {
            using XmlWriter xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, CloseOutput = false });
            xml.WriteStartElement("annotations");
            xml.WriteElementString("version", "1.1");
            int id = 0;
            foreach ((string name, SegmentationMask mask) in Checked(masks, classes => WriteLabels(xml, classes)))
            {
                xml.WriteStartElement("image");
                Attribute("id", id++);
                xml.WriteAttributeString("name", name);
                Attribute("width", mask.Width);
                Attribute("height", mask.Height);
                foreach (SegmentationInstance instance in Instances(mask, instances))
                {
                    foreach (int[] outline in MaskOutline.Trace(instance))
                    {
                        xml.WriteStartElement("polygon");
                        xml.WriteAttributeString("label", mask.Classes.Names[instance.ClassId]);
                        xml.WriteAttributeString("source", "file");
                        xml.WriteAttributeString("occluded", "0");
                        xml.WriteAttributeString("points", string.Join(';', outline.Chunk(2).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p[0]},{p[1]}"))));
                        xml.WriteAttributeString("z_order", "0");
                        xml.WriteEndElement();
                    }
                }
                xml.WriteEndElement();
            }
            xml.WriteEndElement();

            void Attribute(string attribute, int value) => xml.WriteAttributeString(attribute, value.ToString(CultureInfo.InvariantCulture));
        });
        return path;
    }

    private static void WriteLabels(XmlWriter xml, ClassSet classes)
    {
        xml.WriteStartElement("meta");
        xml.WriteStartElement("task");
        xml.WriteStartElement("labels");
        foreach (SegmentationClass c in classes.Classes)
        {
            xml.WriteStartElement("label");
            xml.WriteElementString("name", c.Name);
            xml.WriteElementString("color", c.Color.ToString());
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
    }
}
