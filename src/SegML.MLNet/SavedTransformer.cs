using Microsoft.ML.Runtime;

namespace SegML.MLNet;

/// <summary>A transformer as it is saved: what it is, its settings as JSON, and bytes such as an ONNX model.</summary>
internal sealed record SavedTransformer(string Kind, string Settings, byte[]? Payload = null)
{
    /// <summary>The form that this build writes, and the newest it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form of <see cref="Settings"/> and <see cref="Payload"/>.</summary>
    public int Format => CurrentFormat;

    /// <exception cref="ModelFormatException">The form is newer than this build.</exception>
    public static void CheckFormat(int format)
    {
        if (format is < 1 or > CurrentFormat)
        {
            throw new ModelFormatException("the saved pipeline", $"holds a SegML transformer of form {format}, newer than {CurrentFormat}",
                "use a newer SegML");
        }
    }

    /// <summary>Builds the transformer.</summary>
    /// <exception cref="ModelFormatException">The kind is not known, or settings or payload are damaged.</exception>
    public RowTransformer ToTransformer(IHostEnvironment environment)
    {
        try
        {
            return Kind switch
            {
                ApplySegmentationModelTransformer.Kind => ApplySegmentationModelTransformer.FromSaved(this, environment),
                ConvertColorTransformer.Kind => ConvertColorTransformer.FromSaved(this),
                DrawSegmentationTransformer.Kind => DrawSegmentationTransformer.FromSaved(this),
                LoadMasksTransformer.Kind => LoadMasksTransformer.FromSaved(this),
                OneHotDecodeMaskTransformer.Kind => OneHotDecodeMaskTransformer.FromSaved(this),
                OneHotEncodeMaskTransformer.Kind => OneHotEncodeMaskTransformer.FromSaved(this),
                _ => SavedTransformers.FromPackage(this) ?? throw new ModelFormatException("the saved pipeline", $"holds a SegML transformer \"{Kind}\" that this build does not know",
                    "use a newer SegML"),
            };
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new ModelFormatException("the saved pipeline", $"has damaged settings of its {Kind} ({e.Message})", "save it again", e);
        }
    }
}
