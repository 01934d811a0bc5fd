using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>A format of small JSON files, each about one image and read in whole.</summary>
internal abstract class JsonImageFormat : AnnotationFormat
{
    public sealed override bool Recognises(AnnotationContent content) => content.Json is { IsArray: false } json && Recognises(json);

    public sealed override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        using JsonDocument document = content.ReadJson();
        AnnotatedImage image = Read(new JsonField(document.RootElement, content.Path), options);
        return new AnnotationIndex([new AnnotationEntry(image.Name, _ => image)]);
    }

    /// <summary>Whether the root's properties are this format's.</summary>
    protected abstract bool Recognises(JsonOutline json);

    /// <summary>Reads the image.</summary>
    protected abstract AnnotatedImage Read(JsonField root, AnnotationOptions options);
}
