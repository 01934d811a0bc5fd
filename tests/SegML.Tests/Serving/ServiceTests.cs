using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.ML;
using SegML.Cli.Serving;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Serving;
using SegML.Serving.Limits;
using SegML.Serving.Models;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary>A service from its start to its end: models that are replaced, health, metrics, its description, and its page.</summary>
[TestClass]
public sealed class ServiceTests
{
    [TestMethod]
    public async Task AModelIsReplacedWhileRequestsUseIt()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o => o.ReloadEvery = null);
        byte[] photo = TestService.Photo();
        ServedModel model = service.Services.GetRequiredService<SegmentationModels>().All[0];
        byte[] before = await service.Answer("/v1/segment", photo, "image/png"), after = Mask(TinyModel.Create(weight: -1), photo);
        using var stop = new CancellationTokenSource();
        Task<int>[] clients = [.. Enumerable.Range(0, 4).Select(async _ =>
        {
            int answers = 0;
            while (!stop.IsCancellationRequested)
            {
                byte[] answer = await service.Answer("/v1/segment", photo, "image/png");
                Assert.IsTrue(answer.AsSpan().SequenceEqual(before) || answer.AsSpan().SequenceEqual(after), "an answer of neither version");
                answers++;
            }
            return answers;
        })];
        for (int i = 0; i < 20; i++)
        {
            folder.File("tiny.onnx", TinyModel.Create(weight: i % 2 == 0 ? -1 : 1));
            await Task.Run(model.Reload);
        }
        folder.File("tiny.onnx", TinyModel.Create(weight: -1));
        await Task.Run(model.Reload);
        CollectionAssert.AreEqual(after, await service.Answer("/v1/segment", photo, "image/png"));
        await stop.CancelAsync();
        Assert.IsTrue((await Task.WhenAll(clients)).All(answers => answers > 0));
    }

    [TestMethod]
    public async Task ANewerFileThatIsDamagedLeavesTheModelAsItWas()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o => o.ReloadEvery = TimeSpan.FromMilliseconds(20));
        byte[] photo = TestService.Photo();
        byte[] before = await service.Answer("/v1/segment", photo, "image/png");
        ServedModel model = service.Services.GetRequiredService<SegmentationModels>().All[0];

        folder.File("tiny.onnx", TinyModel.Create()[..^30]);
        await Until(() => model.Fault is not null);
        CollectionAssert.AreEqual(before, await service.Answer("/v1/segment", photo, "image/png"));
        Assert.AreEqual("Degraded", await service.Http.GetStringAsync("/health/ready"));

        folder.File("tiny.onnx", TinyModel.Create(weight: -1));
        await Until(() => model.Fault is null);
        CollectionAssert.AreEqual(Mask(TinyModel.Create(weight: -1), photo), await service.Answer("/v1/segment", photo, "image/png"));
        Assert.AreEqual("Healthy", await service.Http.GetStringAsync("/health/ready"));
    }

    [TestMethod]
    public async Task WhatIsUnderWayWhenItStopsIsAnswered()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("tiny.onnx", TinyModel.Create());
        await using WebApplication app = ServeApp.Build(o =>
        {
            o.Concurrency = 1;
            o.Models.Add(new ServedModelOptions { Name = "tiny", Path = model });
        }, "http://127.0.0.1:0");
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using RgbaImage image = TestImages.Gradient(1600, 1200);
        byte[] photo = ImageFile.EncodeJpeg(image);
        var queue = app.Services.GetRequiredService<ScoringQueue>();
        Task<HttpResponseMessage>[] asked = [.. Enumerable.Range(0, 8).Select(_ => http.PostAsync("/v1/segment", new ByteArrayContent(photo)))];
        await Until(() => queue.Admitted + asked.Count(a => a.IsCompleted) >= 8);
        await app.StopAsync();
        foreach (HttpResponseMessage answer in await Task.WhenAll(asked))
        {
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
            Assert.IsNotEmpty(await answer.Content.ReadAsByteArrayAsync());
        }
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("/v1/models"));
    }

    [TestMethod]
    public async Task ASavedPipelineAnswersWhetherItReadsBytesImagesOrPaths()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        byte[] photo = TestService.Photo();
        string model = folder.File("tiny.onnx", TinyModel.Create());
        IDataView paths = ml.Data.LoadFromEnumerable([new PathRow { ImagePath = folder.File("a.png", photo) }]);
        ITransformer direct = ml.Transforms.ApplySegmentationModel("Seen", "ImagePath", model).Fit(paths);
        ml.Model.Save(direct, paths.Schema, folder.File("direct.zip"));
        ITransformer stock = ml.Transforms.LoadImages("Image", folder.Path, "ImagePath")
            .Append(ml.Transforms.ApplySegmentationModel("Seen", "Image", model)).Fit(paths);
        ml.Model.Save(stock, paths.Schema, folder.File("stock.zip"));

        await using TestService service = await TestService.Start(o =>
        {
            o.Models.Add(new ServedModelOptions { Name = "direct", Path = folder.File("direct.zip") });
            o.Models.Add(new ServedModelOptions { Name = "stock", Path = folder.File("stock.zip") });
        });
        byte[] expected = Mask(TinyModel.Create(), photo);
        foreach (string name in (string[])["direct", "stock"])
        {
            byte[][] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => service.Answer($"/v1/models/{name}/segment", photo, "image/png")));
            Assert.IsTrue(answers.All(a => a.AsSpan().SequenceEqual(expected)), name);
        }
        await TestService.IsProblem(await service.Post("/v1/segment?output=uncertainty", photo), HttpStatusCode.BadRequest, "direct is a saved ML.NET pipeline");
        await TestService.IsProblem(await service.Post("/v1/models/stock/segment", [1, 2, 3]), HttpStatusCode.UnprocessableEntity, "not an image");
    }

    [TestMethod]
    public async Task AServiceThatCannotServeDoesNotStart()
    {
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAsync<ModelFormatException>(() => TestService.Start(o => o.Models.Add(new ServedModelOptions { Name = "none", Path = folder.File("none.onnx") })));
        await Assert.ThrowsAsync<ModelFormatException>(() => TestService.Start(o => o.Models.Add(new ServedModelOptions { Name = "none", Path = folder.File("none.zip") })));
        await Assert.ThrowsAsync<ScoringTimeoutException>(() => TestService.Start(folder, o => o.TimeLimit = TimeSpan.FromSeconds(0.2), ("endless", EndlessModel.Create())));
        foreach ((Action<ServingOptions> wrong, string why) in ((Action<ServingOptions>, string)[])[
            (o => o.Models.Clear(), "there is no model to serve"),
            (o => o.Models.Add(new ServedModelOptions { Name = "TINY", Path = "b.onnx" }), "two models are called \"tiny\""),
            (o => o.Models[0].Name = "a/b", "does not do as a name"),
            (o => o.Concurrency = 0, "Concurrency is 0"),
            (o => o.TimeLimit = TimeSpan.Zero, "TimeLimit is 00:00:00"),
            (o => o.ApiKeys.Add(""), "a key of ApiKeys is empty")])
        {
            var e = await Assert.ThrowsAsync<OptionsValidationException>(() => TestService.Start(folder, wrong));
            StringAssert.Contains(e.Message, why);
        }
    }

    [TestMethod]
    public async Task ItTellsOfItsHealthAndCounts()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder);
        await service.Answer("/v1/segment", TestService.Photo(), "image/png");
        using HttpResponseMessage bad = await service.Post("/v1/segment", [1, 2, 3]);
        Assert.AreEqual("Healthy", await service.Http.GetStringAsync("/health/live"));
        Assert.AreEqual("Healthy", await service.Http.GetStringAsync("/health/ready"));
        string metrics = await service.Http.GetStringAsync("/metrics");
        foreach (string line in (string[])["segml_serving_images_total{", "outcome=\"scored\"", "outcome=\"refused\"", "segml_serving_scoring_duration_seconds_bucket{", "http_server_request_duration_seconds_bucket{"])
        {
            StringAssert.Contains(metrics, line);
        }
    }

    [TestMethod]
    public async Task ItsDescriptionNamesBodiesOutputsAndFaults()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder);
        JsonElement post = (await service.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths").GetProperty("/v1/models/{model}/segment").GetProperty("post");
        JsonElement body = post.GetProperty("requestBody").GetProperty("content");
        foreach (string type in (string[])["image/jpeg", "multipart/form-data", "application/json"])
        {
            Assert.IsTrue(body.TryGetProperty(type, out _), type);
        }
        CollectionAssert.IsSubsetOf(new[] { "model", "output", "size" }, post.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()).ToArray());
        JsonElement responses = post.GetProperty("responses");
        Assert.IsTrue(responses.GetProperty("200").GetProperty("content").TryGetProperty("image/png", out _));
        Assert.IsTrue(responses.TryGetProperty("429", out _));

        string docs = await service.Http.GetStringAsync("/docs/");
        Assert.DoesNotContain("https://cdn", docs);
        Assert.DoesNotContain("fonts.scalar.com", docs);
    }

    [TestMethod]
    public async Task ThePageIsSmallAndAsksNoOtherServer()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder);
        var files = new List<string> { "" };
        long bytes = 0;
        for (int i = 0; i < files.Count; i++)
        {
            using HttpResponseMessage answer = await service.Http.GetAsync("/" + files[i]);
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, files[i]);
            string text = await answer.Content.ReadAsStringAsync();
            bytes += text.Length;
            Assert.DoesNotContain("https://", text, files[i]);
            Assert.DoesNotContain("http://", text.Replace("http://www.w3.org/2000/svg", ""), files[i]);
            Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
            foreach (System.Text.RegularExpressions.Match match in System.Text.RegularExpressions.Regex.Matches(text, @"(?:src|href|from|import\()=?\s*""(?:\./)?([\w.-]+\.\w+)"""))
            {
                if (!files.Contains(match.Groups[1].Value))
                {
                    files.Add(match.Groups[1].Value);
                }
            }
        }
        Assert.IsGreaterThan(6, files.Count, "the page's parts were not found");
        Assert.IsLessThan(300_000, bytes);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/app.js");
        using HttpResponseMessage first = await service.Http.GetAsync("/app.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.AreEqual(HttpStatusCode.NotModified, (await service.Http.SendAsync(again)).StatusCode);
    }

    private static byte[] Mask(byte[] model, byte[] photo)
    {
        using Segmenter segmenter = Segmenter.Load(model, "model");
        using SegmentationMask mask = segmenter.Predict(photo, "photo");
        return MaskFile.EncodePng(mask);
    }

    private static async Task Until(Func<bool> reached)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!reached())
        {
            await Task.Delay(10, patience.Token);
        }
    }

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }
}
