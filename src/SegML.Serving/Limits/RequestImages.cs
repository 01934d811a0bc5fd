using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace SegML.Serving.Limits;

/// <summary>
/// The images of a request: its body as it is, the files of a form, or base64 in JSON - <c>{"image": "..."}</c>, and of a batch
/// <c>{"images": [{"name": "a.jpg", "image": "..."}]}</c>.
/// </summary>
internal static class RequestImages
{
    /// <summary>Reads them.</summary>
    /// <param name="request">The request.</param>
    /// <param name="options">The limits.</param>
    /// <param name="most">Most images.</param>
    /// <exception cref="RequestException">There are none, or too many; or they are too long, too slow or in another form.</exception>
    public static async Task<Uploads> Read(HttpRequest request, ServingOptions options, int most)
    {
        // Kestrel's own limit is 30 MB and its answer no problem document.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = null;
        }
        if (request.ContentLength > options.MaxRequestBytes)
        {
            throw BoundedBody.TooLong(options.MaxRequestBytes);
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        patience.CancelAfter(options.BodyTimeLimit);
        var uploads = new Uploads();
        try
        {
            await ReadInto(uploads, request, new BoundedBody(request.Body, options.MaxRequestBytes), most, patience.Token);
            return uploads.Count > 0 ? uploads : throw Bad("the request has no image; send one as its body, as a file of a form, or as base64 in JSON");
        }
        catch (Exception e)
        {
            uploads.Dispose();
            throw Translated(e, request, options);
        }
    }

    private static async Task ReadInto(Uploads uploads, HttpRequest request, Stream body, int most, CancellationToken cancellation)
    {
        string type = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.ToString().ToLowerInvariant() : "";
        if (type == "multipart/form-data")
        {
            await ReadForm(uploads, HeaderUtilities.RemoveQuotes(parsed!.Boundary).ToString(), body, most, cancellation);
        }
        else if (type is "application/json" or "text/json")
        {
            using Upload text = await Upload.Read(body, "the request", cancellation);
            ReadJson(uploads, text, most);
        }
        else if (type is "" or "application/octet-stream" or "application/x-www-form-urlencoded" || type.StartsWith("image/", StringComparison.Ordinal))
        {
            // curl --data-binary calls every body a form.
            Upload image = await Upload.Read(body, "the upload", cancellation);
            if (image.Length > 0)
            {
                uploads.Add(image);
            }
        }
        else
        {
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType,
                $"the request is of type \"{type}\"; send an image, multipart/form-data, or application/json with base64");
        }
    }

    private static async Task ReadForm(Uploads uploads, string boundary, Stream body, int most, CancellationToken cancellation)
    {
        if (boundary.Length is 0 or > 200)
        {
            throw Bad("the form has no boundary, or one that is too long");
        }
        var reader = new MultipartReader(boundary, body);
        while (await reader.ReadNextSectionAsync(cancellation) is { } section)
        {
            if (section.AsFileSection() is not { } file)
            {
                continue;
            }
            Refuse(uploads.Count == most, most);
            string name = Path.GetFileName(file.FileName.Replace('\\', '/'));
            uploads.Add(await Upload.Read(section.Body, name.Length == 0 ? "the upload" : name, cancellation));
        }
    }

    private static void ReadJson(Uploads uploads, Upload text, int most)
    {
        using JsonDocument document = JsonDocument.Parse(text.Bytes, new JsonDocumentOptions { MaxDepth = 8 });
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("images", out JsonElement images) && images.ValueKind == JsonValueKind.Array)
        {
            Refuse(images.GetArrayLength() > most, most);
            foreach (JsonElement image in images.EnumerateArray())
            {
                uploads.Add(FromJson(image));
            }
        }
        else
        {
            uploads.Add(FromJson(root));
        }
    }

    private static Upload FromJson(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("image", out JsonElement image) || image.ValueKind != JsonValueKind.String)
        {
            throw Bad("the JSON has no \"image\" that is a string of base64");
        }
        string name = element.TryGetProperty("name", out JsonElement named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "the upload";
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(image)[1..^1];
        // JSON may write / as \/.
        return Upload.FromBase64(raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(image.GetString()!) : raw, name)
            ?? throw Bad("\"image\" is not base64");
    }

    private static void Refuse(bool tooMany, int most)
    {
        if (tooMany)
        {
            throw new RequestException(StatusCodes.Status413PayloadTooLarge, $"the request has more than {most.Of("image")}; send fewer"
                + (most == 1 ? ", or a batch" : ""));
        }
    }

    private static Exception Translated(Exception e, HttpRequest request, ServingOptions options) => e switch
    {
        _ when request.HttpContext.RequestAborted.IsCancellationRequested => new OperationCanceledException("the client is gone", e, request.HttpContext.RequestAborted),
        OperationCanceledException => new RequestException(StatusCodes.Status408RequestTimeout, $"the request took longer than {options.BodyTimeLimit.TotalSeconds:0.#} s to arrive", e),
        BadHttpRequestException bad => new RequestException(bad.StatusCode, bad.Message, e),
        JsonException => Bad("the JSON cannot be read", e),
        InvalidDataException => Bad($"the form cannot be read: {e.Message}", e),
        IOException => Bad($"the request ended early: {e.Message}", e),
        _ => e,
    };

    private static RequestException Bad(string detail, Exception? inner = null) => new(StatusCodes.Status400BadRequest, detail, inner);
}

/// <summary>The images of a request. Disposing it disposes them.</summary>
internal sealed class Uploads : List<Upload>, IDisposable
{
    public void Dispose() => ForEach(u => u.Dispose());
}
