using System.Diagnostics;
using System.Globalization;
using System.Net;
using SegML.Cli;
using SegML.Images;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary><c>segml serve</c> as a process that is told to stop.</summary>
[TestClass]
public sealed class StopTests
{
    [TestMethod]
    public async Task AProcessThatIsTerminatedAnswersWhatIsUnderWay()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("there is no SIGTERM");
        }
        using var folder = new TemporaryFolder();
        string model = folder.File("tiny.onnx", TinyModel.Create());
        string[] command = [typeof(CommandLine).Assembly.Location, "serve", model, "--port", "0", "--concurrency", "1"];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", command) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string? address = (await process.StandardOutput.ReadLineAsync())?.Split(' ')[0];
            Assert.IsNotNull(address, await Task.WhenAny(errors, Task.Delay(TimeSpan.FromSeconds(5))) == errors ? await errors : "it said nothing");
            using var http = new HttpClient { BaseAddress = new Uri(address) };
            using RgbaImage image = TestImages.Gradient(1600, 1200);
            byte[] photo = ImageFile.EncodeJpeg(image);
            Task<HttpResponseMessage>[] asked = [.. Enumerable.Range(0, 6).Select(_ => http.PostAsync("/v1/segment", new ByteArrayContent(photo)))];
            // One is scored at a time: when the first is answered, the others are under way.
            await Task.WhenAny(asked);
            using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])!)
            {
                await kill.WaitForExitAsync();
            }
            int open = asked.Count(a => !a.IsCompleted);
            foreach (HttpResponseMessage answer in await Task.WhenAll(asked))
            {
                Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
                Assert.IsNotEmpty(await answer.Content.ReadAsByteArrayAsync());
            }
            Assert.IsGreaterThan(0, open, "all were answered before it was told to stop");
            await process.WaitForExitAsync();
            Assert.AreEqual(0, process.ExitCode, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
