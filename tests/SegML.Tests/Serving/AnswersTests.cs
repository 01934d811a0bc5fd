using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SegML.Tests.Images;

namespace SegML.Tests.Serving;

/// <summary>What every answer has in common, whatever was asked and how.</summary>
[TestClass]
public sealed class AnswersTests
{
    private static readonly TemporaryFolder _folder = new();
    private static TestService _service = null!;

    [ClassInitialize]
    public static async Task Start(TestContext context) => _service = await TestService.Start(_folder);

    [ClassCleanup]
    public static async Task End()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [TestMethod]
    [DataRow(100_000, 100_000)]
    [DataRow(30_000, 30_000)]
    [DataRow(2_000_000, 100)]
    [DataRow(40, 2_000_000_000)]
    public async Task AnImageAboveTheLimitIsAnsweredAlikeHoweverLargeItIs(int width, int height)
    {
        byte[] bomb = Bomb(width, height);
        string detail = $"is {width}x{height}, more than 25000000 pixels; scale it down";
        await TestService.IsProblem(await _service.Post("/v1/segment", bomb), HttpStatusCode.RequestEntityTooLarge, detail);
        await TestService.IsProblem(await _service.Post("/v1/segment?size=640&output=overlay", bomb), HttpStatusCode.RequestEntityTooLarge, detail);
        using HttpResponseMessage batch = await _service.Http.PostAsJsonAsync("/v1/batch", new { images = new[] { new { image = Convert.ToBase64String(bomb) } } });
        JsonElement part = (await batch.Content.ReadFromJsonAsync<JsonElement>())[0];
        Assert.AreEqual(413, part.GetProperty("status").GetInt32());
        Assert.Contains(detail, part.GetProperty("detail").GetString()!);
    }

    [TestMethod]
    [DataRow("GET", "/v1/segment", "POST")]
    [DataRow("PUT", "/v1/models/tiny/segment", "POST")]
    [DataRow("DELETE", "/v1/batch", "POST")]
    [DataRow("POST", "/v1/models", "GET")]
    [DataRow("POST", "/v1/models/tiny", "GET")]
    public async Task AMethodThatIsNotAnsweredIsAProblemThatNamesTheRightOne(string method, string path, string allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Accept.ParseAdd("image/png");
        using HttpResponseMessage answer = await _service.Http.SendAsync(request);
        await TestService.IsProblem(answer, HttpStatusCode.MethodNotAllowed, $"{method} is not answered at {path}", allowed);
        CollectionAssert.AreEqual(new[] { allowed }, answer.Content.Headers.Allow.ToArray());
    }

    [TestMethod]
    [DataRow("shares")]
    [DataRow("instances")]
    [DataRow("coco")]
    [DataRow("labelme")]
    [DataRow("mask,shares")]
    public async Task WhateverIsJsonIsAnObject(string output)
    {
        using var json = JsonDocument.Parse(await _service.Answer($"/v1/segment?output={output}", TestService.Photo(), "application/json"));
        Assert.AreEqual(JsonValueKind.Object, json.RootElement.ValueKind);
        if (output is "shares" or "instances")
        {
            Assert.AreEqual((40, 30), (json.RootElement.GetProperty("width").GetInt32(), json.RootElement.GetProperty("height").GetInt32()));
            Assert.IsNotEmpty(json.RootElement.GetProperty(output).EnumerateArray().ToArray());
        }
    }

    [TestMethod]
    public async Task MetricsSayWhoseTheyAre() => Assert.Contains("service_name=\"segml\"", await _service.Http.GetStringAsync("/metrics"));

    [TestMethod]
    public async Task AFileThatNothingReadsIsNotAnsweredWithAPackageThatIsThere()
    {
        string detail = await TestService.IsProblem(await _service.Post("/v1/segment", [1, 2, 3]), HttpStatusCode.UnprocessableEntity);
        Assert.AreEqual(SegML.Images.ImageDecoders.All.Count > 0, detail.Contains(".tiff", StringComparison.Ordinal), detail);
        Assert.AreEqual(SegML.Images.ImageDecoders.All.Count == 0, detail.Contains("the package", StringComparison.Ordinal), detail);
    }

    // A small picture whose header says another size.
    private static byte[] Bomb(int width, int height)
    {
        byte[] png = PngBomb.Create(8, 8);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32.HashToUInt32(png.AsSpan(12, 17)));
        return png;
    }
}
