using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Pipelines;

/// <summary>The sample apps in pipelines/, run as a user runs them.</summary>
[TestClass]
public sealed class SampleAppTests
{
    // Ends a run that hangs; a build on a busy machine takes a fraction of it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [TestMethod]
    public async Task ScoreAnswersUploadsOverHttp()
    {
        using var folder = new TemporaryFolder();
        using var patience = new CancellationTokenSource(Patience);
        using Process app = Start("score.cs", folder.File("tiny.onnx", TinyModel.Create()), "--urls", "http://127.0.0.1:0");
        try
        {
            using var http = new HttpClient { BaseAddress = await Listening(app, patience.Token) };
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
            {
                using RgbaImage image = TestImages.Noise(40 + i, 30, seed: i);
                using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny");
                using SegmentationMask expected = segmenter.Predict(image);

                byte[] answer = await (await Post(http, "/mask", ImageFile.EncodePng(image), patience.Token)).Content.ReadAsByteArrayAsync(patience.Token);
                RawMask mask = MaskFile.ReadRaw(folder.File($"{i}.png", answer));
                Assert.AreEqual((40 + i, 30), (mask.Width, mask.Height));
                CollectionAssert.AreEqual(MaskFile.EncodePng(expected), answer);
            }));

            using RgbaImage photo = TestImages.Noise(40, 30, seed: 1);
            byte[] overlay = await (await Post(http, "/overlay", ImageFile.EncodePng(photo), patience.Token)).Content.ReadAsByteArrayAsync(patience.Token);
            using RgbaImage drawn = ImageFile.Decode(overlay, "overlay");
            Assert.AreEqual((40, 30), (drawn.Width, drawn.Height));

            HttpResponseMessage shares = await Post(http, "/shares", ImageFile.EncodePng(photo), patience.Token);
            Dictionary<string, float>? byClass = await shares.Content.ReadFromJsonAsync<Dictionary<string, float>>(patience.Token);
            CollectionAssert.AreEqual(TinyModel.Classes.Names.ToArray(), byClass!.Keys.ToArray());
            Assert.AreEqual(1, byClass.Values.Sum(), 1e-5);

            HttpResponseMessage junk = await http.PostAsync("/mask", new ByteArrayContent([1, 2, 3]), patience.Token);
            Assert.AreEqual(HttpStatusCode.BadRequest, junk.StatusCode);
            StringAssert.StartsWith(await junk.Content.ReadAsStringAsync(patience.Token), "the upload is not an image");
        }
        finally
        {
            app.Kill(entireProcessTree: true);
        }
    }

    [TestMethod]
    public async Task RoadShareLearnsFromWhatTheModelSees()
    {
        using var patience = new CancellationTokenSource(Patience);
        using Process app = Start("road-share.cs");
        try
        {
            Task<string> errors = app.StandardError.ReadToEndAsync(patience.Token);
            string output = await app.StandardOutput.ReadToEndAsync(patience.Token);
            await app.WaitForExitAsync(patience.Token);
            Assert.AreEqual(0, app.ExitCode, output + await errors);
            Match score = Regex.Match(output, "unseen streets: R2 (-?[0-9.]+)");
            Assert.IsTrue(score.Success, output);
            Assert.IsGreaterThan(0.8, double.Parse(score.Groups[1].Value, CultureInfo.InvariantCulture), output);
            StringAssert.Contains(output, "loaded from a file");
        }
        finally
        {
            app.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string sample, params string[] arguments)
    {
        // The configuration that the tests were built in, whose SegML is up to date: nothing is built twice.
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        var start = new ProcessStartInfo("dotnet",
            ["run", "-c", configuration, Path.Combine(Repository.Root, "pipelines", sample), "--", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // No compiler or build node stays behind and keeps the pipes open.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0" },
        };
        return Process.Start(start)!;
    }

    private static async Task<Uri> Listening(Process app, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (await app.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            lines.Add(line);
            if (Regex.Match(line, @"Now listening on: (\S+)") is { Success: true } match)
            {
                // Or the app would stop when the pipe is full.
                _ = app.StandardOutput.ReadToEndAsync(CancellationToken.None);
                _ = app.StandardError.ReadToEndAsync(CancellationToken.None);
                return new Uri(match.Groups[1].Value);
            }
        }
        throw new AssertFailedException(string.Join('\n', lines) + await app.StandardError.ReadToEndAsync(cancellation));
    }

    private static async Task<HttpResponseMessage> Post(HttpClient http, string path, byte[] image, CancellationToken cancellation)
    {
        HttpResponseMessage answer = await http.PostAsync(path, new ByteArrayContent(image), cancellation);
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        return answer;
    }
}
