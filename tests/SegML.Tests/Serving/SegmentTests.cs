using System.Net;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary>What a service answers: the same as the library.</summary>
[TestClass]
public sealed class SegmentTests
{
    private static TemporaryFolder _folder = null!;
    private static TestService _service = null!;

    [ClassInitialize]
    public static async Task Start(TestContext _)
    {
        _folder = new TemporaryFolder();
        _service = await TestService.Start(_folder, null, ("tiny", TinyModel.Create()), ("other", TinyModel.Create(weight: -1)));
    }

    [ClassCleanup]
    public static async Task Stop()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [TestMethod]
    [DataRow(null, null, DisplayName = "without being told")]
    [DataRow("image/png", null, DisplayName = "by Accept")]
    [DataRow("*/*", null, DisplayName = "as curl")]
    [DataRow("text/html, image/png;q=0.8, application/json;q=0.5", null, DisplayName = "by the better Accept")]
    [DataRow("application/json", "mask", DisplayName = "by output")]
    public async Task AMaskIsTheSegmentersOwn(string? accept, string? output)
    {
        byte[] photo = TestService.Photo();
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny");
        using SegmentationMask expected = segmenter.Predict(photo, "photo");
        byte[] answer = await _service.Answer($"/v1/segment{(output is null ? "" : $"?output={output}")}", photo, "image/png", accept);
        CollectionAssert.AreEqual(MaskFile.EncodePng(expected), answer);
    }

    [TestMethod]
    public async Task AnImageMayBeTheBodyAFileOfAFormOrBase64()
    {
        byte[] photo = TestService.Photo();
        byte[] expected = await _service.Answer("/v1/segment", photo, "image/png");
        using var form = new MultipartFormDataContent { { new StringContent("nothing"), "note" }, { new ByteArrayContent(photo), "image", "a photo.png" } };
        string base64 = Convert.ToBase64String(photo);
        foreach (HttpContent content in (HttpContent[])[
            form,
            JsonContent.Create(new { image = base64 }),
            JsonContent.Create(new { image = $"data:image/png;base64,{base64}" }),
            new StringContent($$"""{"image":"{{base64.Replace("/", "\\/")}}"}""", Encoding.UTF8, "application/json"),
            new ByteArrayContent(photo)])
        {
            using HttpResponseMessage answer = await _service.Http.PostAsync("/v1/segment", content);
            CollectionAssert.AreEqual(expected, await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [TestMethod]
    public async Task AnOverlayIsAPhotoUnderItsMask()
    {
        using RgbaImage plain = ImageFile.Decode(await _service.Answer("/v1/segment?output=overlay&opacity=0", TestService.Grey(90), "image/jpeg"), "plain");
        using RgbaImage covered = ImageFile.Decode(await _service.Answer("/v1/segment?opacity=1&legend=false", TestService.Grey(90), "image/jpeg", "image/jpeg"), "covered");
        Assert.AreEqual((40, 30), (covered.Width, covered.Height));
        Assert.IsLessThan(8, Math.Abs(plain.Pixels[(15 * 40 + 20) * 4] - 90), "the photo");
        Assert.IsGreaterThan(240, (int)covered.Pixels[(15 * 40 + 20) * 4], "red, the first of equals");
    }

    [TestMethod]
    public async Task SeveralOutputsAreOneDocument()
    {
        byte[] photo = TestService.Photo();
        using var json = JsonDocument.Parse(await _service.Answer("/v1/segment?output=mask,shares,instances,coco,labelme&minArea=2&classes=red,blue", photo, "application/json"));
        JsonElement root = json.RootElement;
        Assert.AreEqual((40, 30), (root.GetProperty("width").GetInt32(), root.GetProperty("height").GetInt32()));
        CollectionAssert.AreEqual(await _service.Answer("/v1/segment", photo, "image/png"), root.GetProperty("mask").GetBytesFromBase64());
        JsonElement[] shares = [.. root.GetProperty("shares").EnumerateArray()];
        CollectionAssert.AreEqual(new[] { "red", "green", "blue" }, shares.Select(s => s.GetProperty("name").GetString()).ToArray());
        Assert.AreEqual(1, shares.Sum(s => s.GetProperty("share").GetDouble()), 1e-9);
        JsonElement[] instances = [.. root.GetProperty("instances").EnumerateArray()];
        Assert.IsNotEmpty(instances);
        Assert.IsTrue(instances.All(i => i.GetProperty("area").GetInt32() >= 2 && i.GetProperty("className").GetString() is "red" or "blue"));
        Assert.HasCount(instances.Length, root.GetProperty("coco").GetProperty("annotations").EnumerateArray().ToArray());
        Assert.IsNotEmpty(root.GetProperty("labelme").GetProperty("shapes").EnumerateArray().ToArray());
    }

    [TestMethod]
    public async Task ProbabilitiesAreReadByNumPyAndUncertaintyIsAPicture()
    {
        byte[] photo = TestService.Photo();
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny");
        using SegmentationScores expected = segmenter.Score(photo, "photo");
        byte[] npy = await _service.Answer("/v1/segment", photo, "application/x-npy", "application/x-npy");
        int header = 10 + npy[8] + 256 * npy[9];
        Assert.AreEqual(0, header % 64);
        StringAssert.Contains(Encoding.ASCII.GetString(npy, 10, header - 10), "'descr': '<f4', 'fortran_order': False, 'shape': (3, 30, 40)");
        Assert.IsTrue(MemoryMarshal.Cast<byte, float>(npy.AsSpan(header)).SequenceEqual(expected.Values));

        using RgbaImage grey = ImageFile.Decode(await _service.Answer("/v1/segment?output=uncertainty", photo, "image/png"), "uncertainty");
        float[] uncertainty = expected.Uncertainty();
        Assert.AreEqual((byte)MathF.Round(255 * uncertainty[500]), grey.Pixels[4 * 500]);
    }

    [TestMethod]
    public async Task PlanesHoldClassProbabilityAndUncertainty()
    {
        byte[] photo = TestService.Photo();
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny");
        using SegmentationMask mask = segmenter.Predict(photo, "photo");
        using SegmentationScores scores = segmenter.Score(photo, "photo");
        using RgbaImage planes = ImageFile.Decode(await _service.Answer("/v1/segment?output=planes", photo, "image/png"), "planes");
        float[] uncertainty = scores.Uncertainty();
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            Assert.AreEqual(mask.Ids[i], planes.Pixels[4 * i]);
            Assert.AreEqual((byte)MathF.Round(255 * scores.Of(mask.Ids[i])[i]), planes.Pixels[4 * i + 1]);
            Assert.AreEqual((byte)MathF.Round(255 * uncertainty[i]), planes.Pixels[4 * i + 2]);
        }
    }

    [TestMethod]
    public async Task ALargeImageMayBeAskedForSmaller()
    {
        byte[] photo = TestService.Photo(400, 200);
        RawMask mask = MaskFile.ReadRaw(_folder.File("small.png", await _service.Answer("/v1/segment?size=100", photo, "image/png")));
        Assert.AreEqual((100, 50), (mask.Width, mask.Height));
        using RgbaImage overlay = ImageFile.Decode(await _service.Answer("/v1/segment?size=100&output=overlay", photo, "image/jpeg"), "overlay");
        Assert.AreEqual((100, 50), (overlay.Width, overlay.Height));
    }

    [TestMethod]
    public async Task ModelsAnswerByTheirNames()
    {
        byte[] photo = TestService.Photo();
        byte[] first = await _service.Answer("/v1/segment", photo, "image/png");
        CollectionAssert.AreEqual(first, await _service.Answer("/v1/models/TINY/segment", photo, "image/png"));
        CollectionAssert.AreNotEqual(first, await _service.Answer("/v1/models/other/segment", photo, "image/png"));
        await TestService.IsProblem(await _service.Post("/v1/models/none/segment", photo), HttpStatusCode.NotFound, "there is no model \"none\"; there are tiny, other");

        JsonElement[] models = [.. (await _service.Http.GetFromJsonAsync<JsonElement>("/v1/models")).EnumerateArray()];
        CollectionAssert.AreEqual(new[] { "tiny", "other" }, models.Select(m => m.GetProperty("name").GetString()).ToArray());
        Assert.IsTrue(models[0].GetProperty("isDefault").GetBoolean());
        Assert.AreEqual("#00ff00", models[0].GetProperty("classes")[1].GetProperty("color").GetString());
        using HttpResponseMessage one = await _service.Http.GetAsync("/v1/models/other");
        Assert.AreEqual("other", (await one.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("name").GetString());
    }

    [TestMethod]
    public async Task ABatchIsAnsweredInItsOrderAndABadImageIsLeftOut()
    {
        byte[][] photos = [TestService.Photo(40, 30, 1), TestService.Photo(50, 20, 2)];
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(photos[0]), "images", "a.png" },
            { new ByteArrayContent([1, 2, 3]), "images", "b.png" },
            { new ByteArrayContent(photos[1]), "images", "c.png" },
        };
        using HttpResponseMessage answer = await _service.Http.PostAsync("/v1/batch?output=mask,shares", form);
        JsonElement[] parts = [.. (await answer.Content.ReadFromJsonAsync<JsonElement>()).EnumerateArray()];
        CollectionAssert.AreEqual(new[] { "a.png", "b.png", "c.png" }, parts.Select(p => p.GetProperty("name").GetString()).ToArray());
        CollectionAssert.AreEqual(await _service.Answer("/v1/segment", photos[0], "image/png"), parts[0].GetProperty("mask").GetBytesFromBase64());
        CollectionAssert.AreEqual(await _service.Answer("/v1/segment", photos[1], "image/png"), parts[2].GetProperty("mask").GetBytesFromBase64());
        Assert.AreEqual(422, parts[1].GetProperty("status").GetInt32());
        StringAssert.StartsWith(parts[1].GetProperty("detail").GetString(), "b.png is not an image");

        using HttpResponseMessage json = await _service.Http.PostAsJsonAsync("/v1/models/other/batch", new { images = new[] { new { name = "x", image = Convert.ToBase64String(photos[0]) } } });
        Assert.AreEqual("x", (await json.Content.ReadFromJsonAsync<JsonElement>())[0].GetProperty("name").GetString());
    }

    [TestMethod]
    public async Task EachFaultIsAProblemThatSaysTheFix()
    {
        byte[] photo = TestService.Photo();
        await TestService.IsProblem(await _service.Post("/v1/segment", [1, 2, 3]), HttpStatusCode.UnprocessableEntity, "the upload is not an image");
        await TestService.IsProblem(await _service.Post("/v1/segment", photo[..^40]), HttpStatusCode.UnprocessableEntity, "the upload");
        await TestService.IsProblem(await _service.Post("/v1/segment", []), HttpStatusCode.BadRequest, "the request has no image");
        await TestService.IsProblem(await _service.Post("/v1/segment", photo, "text/csv"), HttpStatusCode.UnsupportedMediaType, "\"text/csv\"");
        await TestService.IsProblem(await _service.Post("/v1/segment", photo, accept: "text/html"), HttpStatusCode.NotAcceptable, "image/png");
        await TestService.IsProblem(await _service.Post("/v1/segment?output=masks", photo), HttpStatusCode.BadRequest, "there is no output \"masks\"; there are mask, overlay");
        await TestService.IsProblem(await _service.Post("/v1/segment?ouput=overlay", photo), HttpStatusCode.BadRequest, "\"ouput\" is none of what can be asked: output, size");
        await TestService.IsProblem(await _service.Post("/v1/segment?size=1", photo), HttpStatusCode.BadRequest, "size is \"1\"");
        await TestService.IsProblem(await _service.Post("/v1/segment?opacity=2", photo), HttpStatusCode.BadRequest, "opacity is \"2\"");
        await TestService.IsProblem(await _service.Post("/v1/segment?classes=sky", photo), HttpStatusCode.BadRequest, "\"sky\" is not among the model's classes");
        await TestService.IsProblem(await _service.Post("/v1/segment", "{"u8.ToArray(), "application/json"), HttpStatusCode.BadRequest, "the JSON cannot be read");
        await TestService.IsProblem(await _service.Post("/v1/segment", "{\"image\":\"?\"}"u8.ToArray(), "application/json"), HttpStatusCode.BadRequest, "not base64");
        await TestService.IsProblem(await _service.Post("/v1/segment", "junk"u8.ToArray(), "multipart/form-data; boundary=x"), HttpStatusCode.BadRequest, "");
        await TestService.IsProblem(await _service.Post("/v1/batch?output=probabilities", photo), HttpStatusCode.BadRequest, "one image at a time");
    }
}
