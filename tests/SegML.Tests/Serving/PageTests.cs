using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
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

/// <summary>The page as people use it, in Chromium: photos dropped, classes toggled, models compared, by mouse and by keys.</summary>
[TestClass]
public sealed partial class PageTests
{
    [TestMethod]
    public async Task ADroppedPhotoIsSeenUnderItsMaskAndClassesAreToggled()
    {
        await Drop(_photo);
        // Green and blue, half of the picture each; red has none.
        CollectionAssert.AreEqual(new[] { "green50 %", "blue50 %", "red0 %" }, await Legend());
        CollectionAssert.AreEqual(new[] { 0, 255, 0, 255 }, await Pixel("left", 20, 30));
        CollectionAssert.AreEqual(new[] { 0, 0, 255, 255 }, await Pixel("left", 70, 30));

        await _page.GetByLabel("green").UncheckAsync();
        Assert.AreEqual(0, (await Pixel("left", 20, 30))[3]);
        Assert.AreEqual(255, (await Pixel("left", 70, 30))[3]);
        await _page.GetByText("None", new PageGetByTextOptions { Exact = true }).ClickAsync();
        Assert.AreEqual(0, (await Pixel("left", 70, 30))[3]);
        await _page.GetByText("All", new PageGetByTextOptions { Exact = true }).ClickAsync();
        Assert.AreEqual(255, (await Pixel("left", 20, 30))[3]);

        await _page.GetByLabel("Opacity").FillAsync("30");
        Assert.AreEqual("0.3", await _page.EvalOnSelectorAsync<string>("#left", "e => e.style.opacity"));
        await _page.Locator("[value=photo]").CheckAsync(new LocatorCheckOptions { Force = true });
        Assert.IsTrue(await _page.Locator("#left").IsHiddenAsync());
        await _page.Locator("[value=uncertainty]").CheckAsync(new LocatorCheckOptions { Force = true });
        Assert.AreEqual(255, (await Pixel("left", 20, 30))[3]);
    }

    [TestMethod]
    public async Task TheFirstOverlayIsThereTwoSecondsAfterThePhotoIsDropped()
    {
        if (Environment.GetEnvironmentVariable("SEGML_TIMING") is null)
        {
            Assert.Inconclusive("needs a quiet machine: set SEGML_TIMING=1");
        }
        await using WebApplication app = ServeApp.Build(options =>
            options.Models.Add(new ServedModelOptions { Name = "street", Path = Path.Combine(Repository.Root, "onnx/camvid-fcn-light.onnx") }), "http://127.0.0.1:0");
        await app.StartAsync();
        _page = await _browser!.NewPageAsync();
        await _page.GotoAsync(app.Urls.First());
        using RgbaImage image = TestImages.Gradient(1920, 1208);
        TimeSpan taken = await Drop(_folder.File("large.png", ImageFile.EncodePng(image)));
        Console.WriteLine($"1920x1208: {taken.TotalSeconds:0.00} s from the drop to the overlay");
        await _page.CloseAsync();
        await app.StopAsync();
        Assert.IsLessThan(2, taken.TotalSeconds);
    }

    [TestMethod]
    public async Task TheMouseAndTheArrowKeysTellAPixelsClass()
    {
        await Drop(_photo);
        await _page.Locator("#stage").HoverAsync(new LocatorHoverOptions { Position = new Position { X = 10, Y = 10 } });
        StringAssert.StartsWith(await _page.Locator("#readout").TextContentAsync(), "green, ");
        await _page.Locator("#stage").FocusAsync();
        await _page.Keyboard.PressAsync("Shift+ArrowRight");
        for (int i = 0; i < 12; i++)
        {
            await _page.Keyboard.PressAsync("Shift+ArrowRight");
        }
        StringAssert.Matches(await _page.Locator("#readout").TextContentAsync(), new System.Text.RegularExpressions.Regex("^blue, [0-9]+ % sure, uncertainty [0-9]+ %$"));
        Assert.AreEqual("polite", await _page.Locator("#readout").GetAttributeAsync("aria-live"), "a screen reader says it");
    }

    [TestMethod]
    public async Task TheWholePageIsReachedByKeys()
    {
        await Drop(_photo, _photo);
        var reached = new HashSet<string>();
        await _page.EvaluateAsync("document.activeElement.blur()");
        for (int i = 0; i < 60; i++)
        {
            await _page.Keyboard.PressAsync("Tab");
            reached.Add(await _page.EvaluateAsync<string>("() => { const e = document.activeElement; return e.id || e.dataset.download || e.name || e.value || e.title || e.tagName }"));
        }
        foreach (string part in (string[])["model", "compare", "open", "open-folder", "open-camera", "stage", "street.png", "view", "opacity", "all", "none", "green", "mask", "overlay", "coco", "labelme"])
        {
            Assert.Contains(part, reached);
        }
        await _page.Locator("[data-download=mask]").FocusAsync();
        Task<IDownload> saved = _page.WaitForDownloadAsync();
        await _page.Keyboard.PressAsync("Enter");
        Assert.AreEqual("street.png", (await saved).SuggestedFilename);
    }

    [TestMethod]
    public async Task TwoModelsAreComparedWithAWiper()
    {
        await Drop(_photo);
        await _page.GetByLabel("Compare with").SelectOptionAsync("other");
        await _page.Locator("#wiper-field").WaitForAsync();
        CollectionAssert.AreNotEqual(await Pixel("left", 20, 30), await Pixel("right", 20, 30));
        await _page.Locator("#wiper").FillAsync("25");
        Assert.AreEqual("inset(0px 75% 0px 0px)", await _page.EvalOnSelectorAsync<string>("#left", "e => e.style.clipPath"));
        Assert.AreEqual("inset(0px 0px 0px 25%)", await _page.EvalOnSelectorAsync<string>("#right", "e => e.style.clipPath"));
        LocatorBoundingBoxResult box = (await _page.Locator("#stage").BoundingBoxAsync())!;
        await _page.Mouse.ClickAsync(box.X + box.Width * 3 / 4, box.Y + 20);
        Assert.AreEqual(75, double.Parse(await _page.Locator("#wiper").InputValueAsync(), System.Globalization.CultureInfo.InvariantCulture), 1);
        await _page.GetByLabel("Compare with").SelectOptionAsync("");
        await _page.Locator("#wiper-field").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
    }

    [TestMethod]
    public async Task WhatIsDownloadedIsTheServersOwn()
    {
        await Drop(_photo);
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny");
        using SegmentationMask expected = segmenter.Predict(_photo);
        CollectionAssert.AreEqual(MaskFile.EncodePng(expected), await Download("Mask", "street.png"));
        using var coco = JsonDocument.Parse(await Download("COCO", "street.coco.json"));
        Assert.AreEqual("street.png", coco.RootElement.GetProperty("images")[0].GetProperty("file_name").GetString());
        Assert.HasCount(2, coco.RootElement.GetProperty("annotations").EnumerateArray().ToArray());
        using var labelme = JsonDocument.Parse(await Download("LabelMe", "street.json"));
        Assert.AreEqual("street.png", labelme.RootElement.GetProperty("imagePath").GetString());
        using RgbaImage overlay = ImageFile.Decode(await Download("Overlay", "street.overlay.png"), "overlay");
        Assert.AreEqual((96, 64), (overlay.Width, overlay.Height));
    }

    [TestMethod]
    public async Task AFileThatIsNoPictureIsSaidInWordsAndTheOthersGoOn()
    {
        string junk = _folder.File("junk.png", [1, 2, 3]);
        await _page.SetInputFilesAsync("#files", [junk, _photo]);
        await _page.GetByRole(AriaRole.Alert).WaitForAsync();
        StringAssert.Contains(await _page.GetByRole(AriaRole.Alert).TextContentAsync(), "junk.png is not a picture");
        await _page.Locator("#strip button").Last.ClickAsync();
        await Seen();
        Assert.IsTrue(await _page.GetByRole(AriaRole.Alert).IsHiddenAsync());
    }

    [TestMethod]
    [DataRow(1280, 800, ColorScheme.Dark, DisplayName = "desktop, dark, empty")]
    [DataRow(390, 844, ColorScheme.Light, DisplayName = "phone, light, with a photo")]
    public async Task AxeFindsNothing(int width, int height, ColorScheme scheme)
    {
        await _context.CloseAsync();
        await Open(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme, BypassCSP = true });
        if (scheme == ColorScheme.Dark)
        {
            await Nothing("empty");
            return;
        }
        await Drop(_photo, _photo);
        await _page.GetByLabel("Compare with").SelectOptionAsync("other");
        await _page.Locator("#wiper-field").WaitForAsync();
        await Nothing("with a photo");
        Assert.AreEqual(0, await _page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"), "scrolls sideways");

        async Task Nothing(string when)
        {
            AxeResult result = await _page.RunAxe();
            Assert.IsEmpty(result.Violations, $"{when}: {string.Join("; ", result.Violations.Select(v => $"{v.Id} at {string.Join(", ", v.Nodes.Select(n => n.Html))}"))}");
            Assert.IsGreaterThan(10, result.Passes.Length, "axe looked at nothing");
        }
    }
}
