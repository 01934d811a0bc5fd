using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Scalar.AspNetCore;
using SegML.Serving;

namespace SegML.Cli.Serving;

/// <summary>The service of <c>segml serve</c>: the API under /v1, its description, the page, health and metrics.</summary>
internal static class ServeApp
{
    /// <summary>Builds it; it is not started yet.</summary>
    /// <param name="configure">Sets the models and the limits.</param>
    /// <param name="url">Where it listens: "http://127.0.0.1:5080".</param>
    /// <param name="host">Changes the host, for tests; null: Kestrel.</param>
    /// <param name="web">A folder of <see cref="WebFolder"/>, whose page scores in the browser; null: the page that asks the service.</param>
    /// <param name="jobs">The storage of a cluster whose jobs are shown under /jobs; null: none are.</param>
    public static WebApplication Build(Action<ServingOptions> configure, string url, Action<IWebHostBuilder>? host = null, string? web = null, Hangfire.JobStorage? jobs = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        host?.Invoke(builder.WebHost);
        Log(builder.Logging);
        // What is under way when the service is told to stop: one image in the network, one behind it, and their bodies.
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ServingOptions>>((options, serving) =>
            options.ShutdownTimeout = 2 * serving.Value.TimeLimit + serving.Value.BodyTimeLimit);
        builder.Services.AddSegmentation(configure);
        builder.Services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "SegML";
            document.Info.Description = "Photos in, a class for every pixel out.";
            return Task.CompletedTask;
        }));
        Observe(builder.Services);
        if (jobs is not null)
        {
            JobsPage.Add(builder.Services);
        }

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapSegmentation("/v1");
        app.MapSegmentationHealth();
        if (web is null)
        {
            app.MapSegmentationPage();
        }
        else
        {
            app.UseFileServer(Files(web));
        }
        if (jobs is not null)
        {
            JobsPage.Map(app, jobs);
        }
        app.MapOpenApi();
        // Its fonts would come from another server.
        app.MapScalarApiReference("/docs", scalar => scalar.WithTitle("SegML").DisableDefaultFonts());
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    private static FileServerOptions Files(string folder)
    {
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".mjs"] = "text/javascript";
        types.Mappings[".onnx"] = "application/octet-stream";
        var options = new FileServerOptions { FileProvider = new PhysicalFileProvider(Path.GetFullPath(folder)) };
        options.StaticFileOptions.ContentTypeProvider = types;
        options.StaticFileOptions.OnPrepareResponse = file =>
        {
            // A page that is alone with its origin may use threads.
            file.Context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
            file.Context.Response.Headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        };
        return options;
    }

    private static void Log(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console => console.SingleLine = true);
        // Standard output is for what the command itself has to say.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("SegML", LogLevel.Information);
        // Why it cannot start is the command's one line.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    }

    private static void Observe(IServiceCollection services)
    {
        OpenTelemetry.OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("segml"))
            .WithMetrics(metrics => metrics
                .AddMeter(ServingMetrics.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                .AddPrometheusExporter());
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
        {
            telemetry.WithTracing(traces => traces.AddSource(ServingMetrics.Name).AddAspNetCoreInstrumentation().AddOtlpExporter());
        }
    }
}
