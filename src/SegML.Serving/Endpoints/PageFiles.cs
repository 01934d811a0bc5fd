using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SegML.Serving.Endpoints;

/// <summary>The files of the page, which are embedded in this library: no request of it leaves the server that it came from.</summary>
internal static class PageFiles
{
    private const string Prefix = "page/";

    private const string Policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
        + "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, string> _types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>All files, by their paths below the page.</summary>
    public static IReadOnlyDictionary<string, byte[]> All { get; } = Read();

    /// <summary>Answers a file; the empty path is the page itself.</summary>
    public static IResult Answer(HttpContext context, string path)
    {
        string file = path.Length == 0 ? "index.html" : path;
        byte[] content = All[file];
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        // Asked again each time, and not sent again where it is the same.
        headers.CacheControl = "no-cache";
        return Results.Bytes(content, _types[Path.GetExtension(file)], entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\""));
    }

    private static Dictionary<string, byte[]> Read()
    {
        Assembly library = typeof(PageFiles).Assembly;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in library.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = library.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            files[name[Prefix.Length..]] = content.ToArray();
        }
        return files;
    }
}
