using System.Text;
using SegML.Images;

namespace SegML.Cli.Reports;

/// <summary>Pictures inside a page.</summary>
internal static class DataUri
{
    /// <summary>A photograph, as JPEG of quality 85.</summary>
    public static string OfPhoto(RgbaImage image) => Encode("image/jpeg", ImageFile.EncodeJpeg(image, 85));

    /// <summary>A JPEG file as it is.</summary>
    public static string OfJpegFile(string path) => Encode("image/jpeg", File.ReadAllBytes(path));

    /// <summary>A PNG file.</summary>
    public static string OfPng(ReadOnlySpan<byte> file) => Encode("image/png", file);

    /// <summary>An SVG document: its styles stay its own.</summary>
    public static string OfSvg(string document) => Encode("image/svg+xml", Encoding.UTF8.GetBytes(document));

    private static string Encode(string mediaType, ReadOnlySpan<byte> bytes) => $"data:{mediaType};base64,{Convert.ToBase64String(bytes)}";
}
