using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using SegML.Cli.Serving;
using SegML.Images;
using SegML.Serving;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary>The service of <c>segml serve</c> in this process, without a network.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestService(WebApplication app)
    {
        _app = app;
        Http = app.GetTestClient();
    }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a service of models, each in a file of the folder, the first one the tiny model unless others are given.</summary>
    public static async Task<TestService> Start(TemporaryFolder folder, Action<ServingOptions>? configure = null, params (string Name, byte[] Model)[] models)
    {
        if (models.Length == 0)
        {
            models = [("tiny", TinyModel.Create())];
        }
        return await Start(options =>
        {
            foreach ((string name, byte[] model) in models)
            {
                options.Models.Add(new ServedModelOptions { Name = name, Path = folder.File($"{name}.onnx", model) });
            }
            configure?.Invoke(options);
        });
    }

    public static async Task<TestService> Start(Action<ServingOptions> configure)
    {
        WebApplication app = ServeApp.Build(options =>
        {
            options.Concurrency = 2;
            configure(options);
        }, "http://localhost", host => host.UseTestServer());
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new TestService(app);
    }

    /// <summary>Posts bytes as a body.</summary>
    public Task<HttpResponseMessage> Post(string path, byte[] body, string? type = "image/png", string? accept = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }
        return Http.SendAsync(request);
    }

    /// <summary>Posts bytes and gives the answer's, which has to be of a type.</summary>
    public async Task<byte[]> Answer(string path, byte[] body, string type, string? accept = null)
    {
        using HttpResponseMessage answer = await Post(path, body, accept: accept);
        byte[] content = await answer.Content.ReadAsByteArrayAsync();
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, System.Text.Encoding.UTF8.GetString(content));
        Assert.AreEqual(type, answer.Content.Headers.ContentType?.MediaType);
        return content;
    }

    /// <summary>Asserts that an answer is a problem document of a status whose detail has all parts, and gives the detail.</summary>
    public static async Task<string> IsProblem(HttpResponseMessage answer, HttpStatusCode status, params string[] parts)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(status, answer.StatusCode, text);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType?.MediaType, text);
        JsonElement problem = JsonDocument.Parse(text).RootElement;
        Assert.AreEqual((int)status, problem.GetProperty("status").GetInt32());
        string detail = problem.GetProperty("detail").GetString()!;
        foreach (string part in parts)
        {
            Assert.Contains(part, detail);
        }
        return detail;
    }

    /// <summary>A small picture as PNG.</summary>
    public static byte[] Photo(int width = 40, int height = 30, int seed = 1)
    {
        using RgbaImage image = TestImages.Noise(width, height, seed);
        return ImageFile.EncodePng(image);
    }

    /// <summary>A picture of one grey.</summary>
    public static byte[] Grey(byte level)
    {
        using var image = new RgbaImage(40, 30);
        image.Pixels.Fill(level);
        return ImageFile.EncodePng(image);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
