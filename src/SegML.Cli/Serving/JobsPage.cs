using System.Net.Http.Headers;
using System.Text;
using Hangfire;
using Hangfire.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SegML.Serving;
using SegML.Serving.Limits;

namespace SegML.Cli.Serving;

/// <summary>Hangfire's dashboard of a cluster's jobs under /jobs, to look at and not to change: that is for <c>segml cluster jobs</c>.</summary>
internal static class JobsPage
{
    private const string Path = "/jobs";

    /// <summary>What the dashboard asks for. AddHangfire would also make this app's log that of all of Hangfire in the process, and end with it.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<IGlobalConfiguration>(GlobalConfiguration.Configuration);
        services.AddSingleton(DashboardRoutes.Routes);
    }

    public static void Map(WebApplication app, JobStorage storage)
    {
        var keys = new KnownKeys(app.Services.GetRequiredService<IOptions<ServingOptions>>().Value.ApiKeys);
        app.MapHangfireDashboard(Path, new DashboardOptions
        {
            DashboardTitle = "SegML",
            AppPath = "/",
            IsReadOnlyFunc = _ => true,
            // A connection string may hold a password.
            DisplayStorageConnectionString = false,
            Authorization = [keys.Count > 0 ? new KeyHolders(keys) : new LocalRequestsOnlyAuthorizationFilter()],
        }, storage);
    }

    /// <summary>Lets pass who gives one of the service's keys as password, for which browsers ask; the user's name is not looked at.</summary>
    private sealed class KeyHolders(KnownKeys keys) : IDashboardAuthorizationFilter
    {
        public bool Authorize(DashboardContext context)
        {
            HttpContext http = context.GetHttpContext();
            bool holds = keys.Hold(Password(http.Request));
            if (!holds)
            {
                http.Response.Headers.WWWAuthenticate = "Basic realm=\"SegML: a key of this service as password\", charset=\"UTF-8\"";
            }
            return holds;
        }

        private static string Password(HttpRequest request)
        {
            if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out AuthenticationHeaderValue? header) || header.Scheme != "Basic")
            {
                return "";
            }
            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(header.Parameter ?? "")).Split(':', 2) is [_, var password] ? password : "";
            }
            catch (FormatException)
            {
                return "";
            }
        }
    }
}
