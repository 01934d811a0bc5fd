using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using SegML.Cli.Serving;
using SegML.Serving;
using SegML.Tests.Scoring;
using SegML.Tests.Video;

namespace SegML.Tests.Serving;

/// <summary>Photos that are pasted and taken, videos, and a service that asks for a key.</summary>
public sealed partial class PageTests
{
    [TestMethod]
    public async Task APastedPhotoIsSeen()
    {
        await _context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await _page.EvaluateAsync("""
            async content => {
              const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
              await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
            }
            """, Convert.ToBase64String(await File.ReadAllBytesAsync(_photo)));
        await _page.Keyboard.PressAsync("Control+V");
        await Seen();
        CollectionAssert.AreEqual(new[] { "green50 %", "blue50 %", "red0 %" }, await Legend());
    }

    [TestMethod]
    public async Task APhotoIsTakenWithTheCameraWhichThenIsOff()
    {
        await _page.GetByRole(AriaRole.Button, new() { Name = "Camera…" }).ClickAsync();
        ILocator dialog = _page.GetByRole(AriaRole.Dialog, new() { Name = "Camera" });
        await dialog.WaitForAsync();
        await dialog.GetByText("Take the photo").And(_page.Locator(":enabled")).WaitForAsync();
        IJSHandle stream = await _page.EvaluateHandleAsync("document.getElementById('viewfinder').srcObject");
        await dialog.GetByText("Take the photo").ClickAsync();
        await Seen();
        Assert.IsTrue(await dialog.IsHiddenAsync());
        StringAssert.StartsWith(await _page.Locator("#photo").GetAttributeAsync("aria-label"), "camera ");
        Assert.IsTrue(await _page.EvaluateAsync<bool>("s => s.getTracks().every(t => t.readyState === 'ended')", stream), "the camera is still on");

        // Without one, the browser's own way to take or choose a photo.
        await _page.EvaluateAsync("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no camera')); }");
        IFileChooser chooser = await _page.RunAndWaitForFileChooserAsync(() => _page.Locator("#open-camera").ClickAsync());
        await chooser.SetFilesAsync(_photo);
        await Seen();
        CollectionAssert.AreEqual(new[] { "green50 %", "blue50 %", "red0 %" }, await Legend());
    }

    [TestMethod]
    public async Task AVideoIsSeenFrameByFrame()
    {
        // Green for a second, then blue.
        string video = _folder.File("drive.webm");
        TestVideo.Run("-f", "lavfi", "-i", "color=0x0AC814:size=96x64:rate=10:duration=1", "-f", "lavfi", "-i", "color=0x140AC8:size=96x64:rate=10:duration=1",
            "-filter_complex", "concat", "-c:v", "libvpx", "-deadline", "realtime", video);
        await _page.SetInputFilesAsync("#files", video);
        await Seen();
        Assert.AreEqual("green100 %", (await Legend())[0]);
        await _page.Locator("#time").FillAsync("0.75");
        await First("blue100 %");
        CollectionAssert.AreEqual(new[] { 0, 0, 255, 255 }, await Pixel("left", 20, 30));

        await _page.Locator("#time").FillAsync("0");
        await First("green100 %");
        await _page.GetByText("Play", new() { Exact = true }).ClickAsync();
        await First("blue100 %");
        // At its end it can be played again.
        await _page.GetByText("Play", new() { Exact = true }).WaitForAsync();
        Assert.IsTrue(await _page.GetByRole(AriaRole.Alert).IsHiddenAsync());

        Task First(string text) => _page.Locator("#legend li:first-child", new PageLocatorOptions { HasText = text }).WaitForAsync();
    }

    [TestMethod]
    public async Task AServiceThatAsksForAKeyIsGivenOne()
    {
        await using WebApplication app = ServeApp.Build(options =>
        {
            options.Models.Add(new ServedModelOptions { Name = "tiny", Path = _folder.File("tiny.onnx", TinyModel.Create()) });
            options.ApiKeys.Add("the right one");
        }, "http://127.0.0.1:0");
        await app.StartAsync();
        await _page.GotoAsync(app.Urls.First());
        ILocator dialog = _page.GetByRole(AriaRole.Dialog, new() { Name = "This service asks for a key" });
        await dialog.WaitForAsync();
        Assert.IsTrue(await _page.Locator("#key-fault").IsHiddenAsync());
        await _page.Keyboard.TypeAsync("a wrong one");
        await _page.Keyboard.PressAsync("Enter");
        await _page.Locator("#key-fault").WaitForAsync();
        await _page.Keyboard.TypeAsync("the right one");
        await _page.Keyboard.PressAsync("Enter");
        await _page.WaitForSelectorAsync("body[data-ready]");
        await Drop(_photo);
        CollectionAssert.AreEqual(new[] { "green50 %", "blue50 %", "red0 %" }, await Legend());
        // It is asked for once a window.
        await _page.ReloadAsync();
        await _page.WaitForSelectorAsync("body[data-ready]");
        Assert.IsTrue(await dialog.IsHiddenAsync());
        Assert.HasCount(2, _faults.Where(f => f.Contains("401", StringComparison.Ordinal)));
        _faults.RemoveAll(f => f.Contains("401", StringComparison.Ordinal));
        _asked.RemoveAll(url => url.StartsWith(app.Urls.First(), StringComparison.Ordinal));
        await app.StopAsync();
    }
}
