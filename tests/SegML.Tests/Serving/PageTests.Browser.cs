using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using SegML.Cli.Serving;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Serving;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary>The page that scores by itself.</summary>
public sealed partial class PageTests
{
    [TestMethod]
    [DataRow("wasm")]
    [DataRow("webgpu")]
    public async Task InTheBrowserAloneTheMaskIsTheLibrarysAndNoPhotoIsSent(string on)
    {
        if (Environment.GetEnvironmentVariable("SEGML_WEB_RUNTIME") is not { Length: > 0 } runtime)
        {
            Assert.Inconclusive($"onnxruntime-web is not part of the build: set SEGML_WEB_RUNTIME to onnxruntime-web-{WebRuntime.Version}.tgz");
            return;
        }
        string model = Path.Combine(Repository.Root, "onnx", "camvid-fcn-light.onnx"), site = _folder.File("site");
        WebFolder.Write(site, [("camvid", model)], runtime);
        await using WebApplication app = ServeApp.Build(o => o.Models.Add(new ServedModelOptions { Name = "camvid", Path = model }), "http://127.0.0.1:0", web: site);
        await app.StartAsync();
        // WebGPU on the processor, by SwiftShader: the code that graphics processors run, without one.
        await using IBrowser? gpu = on == "wasm" ? null : await _playwright!.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = _chromium,
            Args = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan", "--use-vulkan=swiftshader"],
        });
        if (gpu is not null)
        {
            await _context.CloseAsync();
            await Open(gpu, new BrowserNewContextOptions(), app.Urls.First());
        }
        using RgbaImage noise = TestImages.Noise(480, 360, seed: 3);
        string photo = _folder.File("noise.png", ImageFile.EncodePng(noise));
        _page.SetDefaultTimeout(120_000);
        await _page.GotoAsync(app.Urls.First());
        await _page.WaitForSelectorAsync("body[data-ready]");
        await Drop(photo);
        Assert.AreEqual(on, await _page.Locator("body").GetAttributeAsync("data-runs-on"), string.Join("; ", _warnings));
        using Segmenter segmenter = Segmenter.Load(model);
        using SegmentationMask expected = segmenter.Predict(photo);
        using SegmentationMask mask = MaskFile.Read(_folder.File("got.png", await Download("Mask", "noise.png")), new ClassSet([.. expected.Classes.Classes.Select(c => c with { From = null })]));
        int same = 0;
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            same += mask.Ids[i] == expected.Ids[i] ? 1 : 0;
        }
        Console.WriteLine($"{on}: {same} of {mask.Ids.Length} pixels are the same");
        Assert.IsGreaterThanOrEqualTo(0.9999, (double)same / mask.Ids.Length);
        _asked.RemoveAll(url => url.StartsWith(app.Urls.First(), StringComparison.Ordinal) && !url.Contains("/v1/", StringComparison.Ordinal));
    }

    [TestMethod]
    public async Task WhereWebGPUFailsTheProcessorGoesOn()
    {
        // A runtime that scores nothing: what the page does with it is what is tried.
        string runtime = Directory.CreateDirectory(_folder.File("scripted")).FullName, site = _folder.File("scripted-site");
        foreach (string file in WebRuntime.Files.Concat(WebRuntime.GpuFiles))
        {
            File.WriteAllText(Path.Combine(runtime, file), "");
        }
        const string Common = "export const env = { wasm: {} }; export class Tensor { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } }\n";
        const string Lost = "() => { throw new Error('the device was lost'); }", Wrong = "({ image }) => Mask(image, 1)", Right = "({ image }) => Mask(image, 2)";
        Script("ort.webgpu.min.mjs", Lost);
        Script("ort.wasm.min.mjs", Right);
        WebFolder.Write(site, [("tiny", _folder.File("tiny.onnx", TinyModel.Create()))], runtime);
        await using WebApplication app = ServeApp.Build(o => o.Models.Add(new ServedModelOptions { Name = "tiny", Path = _folder.File("tiny.onnx") }), "http://127.0.0.1:0", web: site);
        await app.StartAsync();
        foreach ((string adapter, string onGpu, string on) in ((string, string, string)[])[("{}", Lost, "wasm"), ("{}", Wrong, "wasm"), ("{}", Right, "webgpu"), ("null", Right, "wasm")])
        {
            Script("ort.webgpu.min.mjs", onGpu);
            File.Copy(Path.Combine(runtime, "ort.webgpu.min.mjs"), Path.Combine(site, "ort", "ort.webgpu.min.mjs"), overwrite: true);
            await _page.AddInitScriptAsync($"Object.defineProperty(navigator, 'gpu', {{ configurable: true, value: {{ requestAdapter: async () => ({adapter}) }} }})");
            await _page.GotoAsync(app.Urls.First());
            await _page.WaitForSelectorAsync("body[data-ready]");
            await Drop(_photo);
            Assert.AreEqual("blue100 %", (await Legend())[0]);
            Assert.AreEqual(on, await _page.Locator("body").GetAttributeAsync("data-runs-on"));
            Assert.AreEqual(adapter == "{}", _asked.Remove(app.Urls.First() + "/ort/ort.webgpu.min.mjs"), "WebGPU is tried where there is an adapter");
        }
        _asked.RemoveAll(url => url.StartsWith(app.Urls.First(), StringComparison.Ordinal) && !url.Contains("/v1/", StringComparison.Ordinal));

        // The processor is right in both of them.
        void Script(string file, string onGpu) => File.WriteAllText(Path.Combine(runtime, file), Common
            + "const Mask = (image, id) => ({ mask: { data: new Uint8Array(image.dims[1] * image.dims[2]).fill(id) } });\n"
            + $"const OnGpu = {onGpu};\n"
            + "export const InferenceSession = { create: async (_, { executionProviders: [first] }) => "
            + "({ run: async feeds => first === 'webgpu' ? OnGpu(feeds) : Mask(feeds.image, 2) }) };");
    }
}
