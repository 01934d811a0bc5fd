using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hangfire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using SegML.Cli.Serving;
using SegML.Cluster.Jobs;
using SegML.Serving;
using SegML.Tests.Cluster;

namespace SegML.Tests.Serving;

[TestClass]
public sealed class JobsPageTests
{
    [TestMethod]
    public async Task WhoHasAKeySeesTheJobsAndCannotChangeThem()
    {
        using var photos = new Photos(3);
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobStatus job = ScoringJobsTests.Jobs(storage).Submit(photos.Request(chunk: 1));
        await using WebApplication app = Build(photos, storage, "the key");
        await app.StartAsync();
        using HttpClient http = app.GetTestClient();
        foreach (string? password in (string?[])[null, "another", ""])
        {
            using HttpResponseMessage refused = await Ask(http, HttpMethod.Get, "/jobs", password);
            Assert.AreEqual(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.AreEqual("Basic", refused.Headers.WwwAuthenticate.Single().Scheme);
        }
        using HttpResponseMessage shown = await Ask(http, HttpMethod.Get, "/jobs/jobs/enqueued/segml", "the key");
        string page = await shown.Content.ReadAsStringAsync();
        Assert.AreEqual(HttpStatusCode.OK, shown.StatusCode);
        Assert.Contains("ScoringChunk.Run", page);
        string chunk = storage.GetMonitoringApi().EnqueuedJobs("segml", 0, 1)[0].Key;
        Assert.Contains(chunk, page);

        using HttpResponseMessage deleted = await Ask(http, HttpMethod.Post, "/jobs/jobs/enqueued/delete", "the key", new FormUrlEncodedContent([new("jobs[]", chunk)]));
        Assert.IsFalse(deleted.IsSuccessStatusCode, deleted.StatusCode.ToString());
        Assert.AreEqual(job.Chunks, storage.GetMonitoringApi().EnqueuedCount("segml"));
        await app.StopAsync();
    }

    [TestMethod]
    public async Task WithoutKeysOnlyThisComputerSeesThem()
    {
        using var photos = new Photos(0);
        await using WebApplication app = Build(photos, ClusterStorage.Open("memory"));
        await app.StartAsync();
        foreach ((string from, HttpStatusCode status) in ((string, HttpStatusCode)[])[("127.0.0.1", HttpStatusCode.OK), ("192.0.2.7", HttpStatusCode.Unauthorized)])
        {
            Microsoft.AspNetCore.Http.HttpContext answer = await app.GetTestServer().SendAsync(context =>
            {
                context.Request.Path = "/jobs";
                context.Connection.RemoteIpAddress = IPAddress.Parse(from);
                context.Connection.LocalIpAddress = IPAddress.Parse("192.0.2.1");
            });
            Assert.AreEqual((int)status, answer.Response.StatusCode, from);
        }
        await app.StopAsync();
    }

    private static WebApplication Build(Photos photos, JobStorage storage, params string[] keys) => ServeApp.Build(options =>
    {
        options.Models.Add(new ServedModelOptions { Name = "tiny", Path = photos.Model });
        foreach (string key in keys)
        {
            options.ApiKeys.Add(key);
        }
    }, "http://localhost", host => host.UseTestServer(), jobs: storage);

    private static Task<HttpResponseMessage> Ask(HttpClient http, HttpMethod method, string path, string? password, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (password is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("anyone:" + password)));
        }
        return http.SendAsync(request);
    }
}
