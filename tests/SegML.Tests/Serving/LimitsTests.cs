using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SegML.Serving.Limits;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Serving;

/// <summary>A stranger's request takes no more bytes, pixels, time and places than it is given.</summary>
[TestClass]
public sealed class LimitsTests
{
    // Endless for white pictures, at once for grey ones.
    private static readonly (string, byte[])[] _endless = [("endless", EndlessModel.Create(above: 0.9f))];

    [TestMethod]
    public async Task ALongBodyIsRefusedWhetherItSaysItsLengthOrNot()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o => o.MaxRequestBytes = 5000);
        byte[] photo = TestService.Photo(100, 100);
        await TestService.IsProblem(await service.Post("/v1/segment", photo), HttpStatusCode.RequestEntityTooLarge, "longer than 5000 bytes");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/segment") { Content = new StreamContent(new EndlessStream()) };
        await TestService.IsProblem(await service.Http.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, "longer than 5000 bytes");
        await service.Answer("/v1/segment", TestService.Photo(), "image/png");
    }

    [TestMethod]
    public async Task ABombIsRefusedByItsHeader()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o =>
        {
            o.MaxPixels = 1_000_000;
            o.MaxProbabilities = 3000;
        });
        await TestService.IsProblem(await service.Post("/v1/segment", PngBomb.Create(14_000, 14_000)), HttpStatusCode.RequestEntityTooLarge, "is 14000x14000, more than 1000000 pixels; scale it down");
        string detail = await TestService.IsProblem(await service.Post("/v1/segment?output=uncertainty", TestService.Photo()), HttpStatusCode.RequestEntityTooLarge, "40x30 of 3 classes, more than 3000 numbers");
        // What it says to do works.
        await service.Answer($"/v1/segment?output=uncertainty&{detail.Split("smaller size: ")[1]}", TestService.Photo(), "image/png");
    }

    [TestMethod]
    public async Task AnImageThatTakesTooLongIsStopped()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o => o.TimeLimit = TimeSpan.FromSeconds(0.3), _endless);
        await TestService.IsProblem(await service.Post("/v1/segment", TestService.Grey(255)), HttpStatusCode.GatewayTimeout, "takes longer than the limit of 0.3 s");
        await service.Answer("/v1/segment", TestService.Grey(100), "image/png");
    }

    [TestMethod]
    public async Task ABodyThatTakesTooLongIsGivenUp()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o => o.BodyTimeLimit = TimeSpan.FromSeconds(0.1));
        using var never = new NeverStream();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/segment") { Content = new StreamContent(never) };
        await TestService.IsProblem(await service.Http.SendAsync(request), HttpStatusCode.RequestTimeout, "took longer than 0.1 s to arrive");
        Assert.AreEqual(0, service.Services.GetRequiredService<ScoringQueue>().Admitted);
    }

    [TestMethod]
    public async Task WhenAllPlacesAreTakenFurtherRequestsAreToldWhenToComeAgain()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o =>
        {
            o.Concurrency = 1;
            o.QueueLength = 2;
        }, _endless);
        var queue = service.Services.GetRequiredService<ScoringQueue>();
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage>[] held = [.. Enumerable.Range(0, 3).Select(_ => service.Http.PostAsync("/v1/segment", new ByteArrayContent(TestService.Grey(255)), leave.Token))];
        await Until(() => queue.Admitted == 3);

        using HttpResponseMessage busy = await service.Post("/v1/segment", TestService.Grey(100));
        await TestService.IsProblem(busy, HttpStatusCode.TooManyRequests, "the service is busy");
        Assert.IsGreaterThan(TimeSpan.Zero, busy.Headers.RetryAfter!.Delta!.Value);
        Assert.AreEqual(HttpStatusCode.OK, (await service.Http.GetAsync("/health/ready")).StatusCode, "a busy service is not a sick one");

        // Clients that leave give their places and their turns back, those that waited and the one that was scored.
        await leave.CancelAsync();
        foreach (Task<HttpResponseMessage> request in held)
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() => request);
        }
        await Until(() => queue.Admitted == 0);
        await service.Answer("/v1/segment", TestService.Grey(100), "image/png");
    }

    [TestMethod]
    public async Task WithKeysOnlyThoseWhoNameOneAreAnswered()
    {
        using var folder = new TemporaryFolder();
        await using TestService service = await TestService.Start(folder, o =>
        {
            o.ApiKeys.Add("first");
            o.ApiKeys.Add("second");
        });
        foreach ((string header, string value, bool right) in ((string, string, bool)[])
            [("X-Api-Key", "second", true), ("Authorization", "Bearer first", true), ("X-Api-Key", "third", false), ("Authorization", "Basic first", false), ("X-Other", "first", false)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            request.Headers.TryAddWithoutValidation(header, value);
            using HttpResponseMessage answer = await service.Http.SendAsync(request);
            Assert.AreEqual(right ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode, $"{header}: {value}");
        }
        await TestService.IsProblem(await service.Post("/v1/segment", TestService.Photo()), HttpStatusCode.Unauthorized, "X-Api-Key");
        Assert.AreEqual(HttpStatusCode.OK, (await service.Http.GetAsync("/health/live")).StatusCode, "those who look whether it lives have no key");
    }

    // What is waited for is another thread's; it ends a test that would hang.
    private static async Task Until(Func<bool> reached)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!reached())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Bytes without end.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(buffer.Length);
    }

    /// <summary>Bytes that never come.</summary>
    private sealed class NeverStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
