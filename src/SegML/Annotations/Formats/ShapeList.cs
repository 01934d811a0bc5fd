
namespace SegML.Annotations.Formats;

/// <summary>Collects an image's shapes. An object that cannot be read costs only itself.</summary>
internal sealed class ShapeList(string source)
{
    private readonly List<AnnotationFormatException> _unusable = [];

    public List<AnnotationShape> Shapes { get; } = [];

    /// <summary>Adds an object's shapes, or the fault that it cannot be read for.</summary>
    public void Add(Func<IEnumerable<AnnotationShape>> read)
    {
        try
        {
            AnnotationShape[] shapes = JsonText.Unicode(source, () => read().ToArray());
            if (Array.Find(shapes, s => string.IsNullOrWhiteSpace(s.ClassName)) is { } bare)
            {
                throw new AnnotationFormatException(source, bare.Id is { } id ? $"has {id} without a label" : "has an object without a label", "give it one in the annotation tool")
                {
                    Kind = AnnotationFaultKind.UnknownClass,
                };
            }
            Shapes.AddRange(shapes);
        }
        catch (AnnotationFormatException e)
        {
            _unusable.Add(e.Subject == source ? e : new AnnotationFormatException(source, e.Fault, e.Fix, e) { Kind = e.Kind });
        }
    }

    /// <summary>Adds a fault.</summary>
    public void Add(AnnotationFormatException fault) => _unusable.Add(fault);

    /// <summary>The image with all that was collected.</summary>
    public AnnotatedImage ToImage(string name, int width, int height) =>
        new(name, width, height, Shapes) { Source = source, Unusable = _unusable };
}
