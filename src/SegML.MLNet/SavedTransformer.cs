using System.IO.Hashing;
using System.Text;
using Microsoft.ML.Runtime;

namespace SegML.MLNet;

/// <summary>A transformer as it is saved: what it is, its settings as JSON, and bytes such as an ONNX model.</summary>
internal sealed record SavedTransformer(string Kind, string Settings, byte[]? Payload = null)
{
    /// <summary>The form that this build writes, and the newest it reads. 2: with a checksum.</summary>
    public const int CurrentFormat = 2;

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

    /// <summary>A checksum of all of it, 16 bytes.</summary>
    public byte[] Checksum()
    {
        var hash = new XxHash128();
        foreach (string text in (string[])[Kind, Settings])
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.Append(BitConverter.GetBytes(bytes.Length));
            hash.Append(bytes);
        }
        hash.Append(Payload.AsSpan());
        return hash.GetCurrentHash();
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
