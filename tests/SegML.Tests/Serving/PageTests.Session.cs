using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using SegML.Cli.Serving;
using SegML.Images;
using SegML.Serving;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary>The browser and the service that the tests of the page share, and what people do with it.</summary>
public sealed partial class PageTests
{
    private static readonly string[] _browsers = ["chromium", "chromium-browser", "google-chrome"];

    // A camera that films a drawn picture, and may be used without a question.
    private static readonly string[] _switches = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

    private static TemporaryFolder _folder = null!;
    private static string? _chromium;
    private static WebApplication? _app;
    private static IPlaywright? _playwright;
    private static IBrowser? _browser;
    private static string _photo = null!;

    private IBrowserContext _context = null!;
    private IPage _page = null!;
    private readonly List<string> _asked = [];
    private readonly List<string> _faults = [];
    private readonly List<string> _warnings = [];

    [ClassInitialize]
    public static async Task Start(TestContext _)
    {
        _folder = new TemporaryFolder();
        _chromium = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => _browsers.Select(b => Path.Combine(folder, b))).FirstOrDefault(File.Exists);
        if (_chromium is null)
        {
            return;
        }
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = _chromium, Args = _switches });
        _app = ServeApp.Build(options =>
        {
            options.Models.Add(new ServedModelOptions { Name = "tiny", Path = _folder.File("tiny.onnx", TinyModel.Create()) });
            options.Models.Add(new ServedModelOptions { Name = "other", Path = _folder.File("other.onnx", TinyModel.Create(weight: -1)) });
        }, "http://127.0.0.1:0");
        await _app.StartAsync();
        // Green on the left, blue on the right.
        using var image = new RgbaImage(96, 64);
        for (int i = 0; i < 96 * 64; i++)
        {
            (image.Pixels[4 * i], image.Pixels[4 * i + 1], image.Pixels[4 * i + 2], image.Pixels[4 * i + 3]) = i % 96 < 48 ? ((byte)10, (byte)200, (byte)20, (byte)255) : ((byte)20, (byte)10, (byte)200, (byte)255);
        }
        _photo = _folder.File("street.png", ImageFile.EncodePng(image));
    }

    [ClassCleanup]
    public static async Task Stop()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
            await _app!.DisposeAsync();
        }
        _playwright?.Dispose();
        _folder.Dispose();
    }

    [TestInitialize]
    public async Task Open()
    {
        if (_browser is null)
        {
            Assert.Inconclusive($"no browser: none of {string.Join(", ", _browsers)} is installed");
        }
        await Open(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
    }

    [TestCleanup]
    public async Task Close()
    {
        if (_context is null)
        {
            return;
        }
        await _context.CloseAsync();
        Assert.IsEmpty(_faults, "faults in the browser's console");
        Assert.IsTrue(_asked.All(url => url.StartsWith(_app!.Urls.First(), StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal)),
            $"another server was asked: {string.Join(", ", _asked)}");
    }

    private Task Open(BrowserNewContextOptions options) => Open(_browser!, options, _app!.Urls.First());

    private async Task Open(IBrowser browser, BrowserNewContextOptions options, string address)
    {
        _context = await browser.NewContextAsync(options);
        _page = await _context.NewPageAsync();
        _page.SetDefaultTimeout(20_000);
        _page.Request += (_, request) => _asked.Add(request.Url);
        _page.Console += (_, message) => (message.Type == "error" ? _faults : _warnings).Add(message.Text);
        _page.PageError += (_, error) => _faults.Add(error);
        await _page.GotoAsync(address);
        await _page.WaitForSelectorAsync("body[data-ready]");
    }

    // As a file manager drops files.
    private async Task<TimeSpan> Drop(params string[] files)
    {
        IJSHandle transfer = await _page.EvaluateHandleAsync("""
            files => {
              const transfer = new DataTransfer();
              for (const [name, content] of files) transfer.items.add(new File([Uint8Array.from(atob(content), c => c.charCodeAt(0))], name, { type: "image/png" }));
              return transfer;
            }
            """, files.Select(f => new[] { Path.GetFileName(f), Convert.ToBase64String(File.ReadAllBytes(f)) }).ToArray());
        long dropped = System.Diagnostics.Stopwatch.GetTimestamp();
        await _page.DispatchEventAsync("body", "drop", new { dataTransfer = transfer });
        await Seen();
        return System.Diagnostics.Stopwatch.GetElapsedTime(dropped);
    }

    private async Task Seen()
    {
        await _page.Locator("#panel").WaitForAsync();
        await _page.Locator("#busy").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
    }

    private async Task<int[]> Pixel(string canvas, int x, int y) =>
        await _page.EvalOnSelectorAsync<int[]>($"#{canvas}", $"c => [...c.getContext('2d').getImageData({x}, {y}, 1, 1).data]");

    private async Task<string[]> Legend() => [.. (await _page.Locator("#legend li").AllTextContentsAsync())];

    private async Task<byte[]> Download(string button, string name)
    {
        Task<IDownload> saved = _page.WaitForDownloadAsync();
        await _page.Locator("#downloads").GetByText(button, new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        IDownload download = await saved;
        Assert.AreEqual(name, download.SuggestedFilename);
        return await File.ReadAllBytesAsync(await download.PathAsync());
    }
}
