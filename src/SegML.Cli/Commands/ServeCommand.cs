using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SegML.Cli.Serving;
using SegML.Cluster.Jobs;
using SegML.Scoring;
using SegML.Serving;

namespace SegML.Cli.Commands;

/// <summary><c>segml serve</c>: models as a service, with a page to look at photos.</summary>
internal static class ServeCommand
{
    private const int Port = 5080;

    public static Command Create()
    {
        var defaults = new ServingOptions();
        var models = new Argument<string[]>("model")
        {
            Description = "Models exported by segml export (ONNX), or saved ML.NET pipelines (.zip); NAME=FILE gives one another name than its file's.",
            Arity = ArgumentArity.OneOrMore,
        };
        var port = new Option<int>("--port") { Description = "The port; 0: any that is free.", DefaultValueFactory = _ => Port };
        var host = new Option<string>("--host") { Description = "The address: 127.0.0.1 for this computer alone, 0.0.0.0 for others too.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "ADDRESS" };
        var keys = new Option<string[]>("--key") { Description = "A key that requests must name, as X-Api-Key or bearer. May be given several times.", HelpName = "KEY" };
        var concurrency = new Option<int>("--concurrency") { Description = "Images scored at once.", DefaultValueFactory = _ => defaults.Concurrency, HelpName = "IMAGES" };
        var queue = new Option<int>("--queue") { Description = "Requests that may wait; more are answered 429.", DefaultValueFactory = _ => defaults.QueueLength, HelpName = "REQUESTS" };
        var megabytes = new Option<int>("--max-mb") { Description = "Most megabytes of a request.", DefaultValueFactory = _ => (int)(defaults.MaxRequestBytes >> 20), HelpName = "MB" };
        var noReload = new Option<bool>("--no-reload") { Description = "Do not load a model again when its file changes." };
        var browser = new Option<bool>("--browser") { Description = "The page scores in the browser: photos stay there." };
        Option<string?> runtime = SharedOptions.WebRuntime();
        Option<string?> cluster = ClusterOption.Create("Also show the jobs of a cluster, under /jobs, to whoever gives a --key as password, or without keys on this computer.");
        Option<ComputeDevice> device = SharedOptions.Device();
        var command = new Command("serve", "Answer photos over HTTP, with a page to look at what models see.")
        {
            models, port, host, keys, concurrency, queue, megabytes, noReload, browser, runtime, cluster, device,
        };
        command.Validators.Add(result =>
        {
            if (result.Readable(port) is < 0 or > 65535)
            {
                result.AddError("--port is from 0 to 65535");
            }
        });
        var scoring = new ScoringOptions(defaults.MaxPixels);
        scoring.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            SegmenterOptions how = scoring.Read(parsed) with { Device = parsed.GetValue(device) };
            return Run(
                options =>
                {
                    foreach (string model in parsed.GetValue(models)!)
                    {
                        options.Models.Add(Named(model));
                    }
                    foreach (string key in parsed.GetValue(keys) ?? [])
                    {
                        options.ApiKeys.Add(key);
                    }
                    options.Scoring = how;
                    options.MaxPixels = how.MaxPixels;
                    options.TimeLimit = how.TimeLimit ?? options.TimeLimit;
                    options.Concurrency = parsed.GetValue(concurrency);
                    options.QueueLength = parsed.GetValue(queue);
                    options.MaxRequestBytes = (long)parsed.GetValue(megabytes) << 20;
                    options.ReloadEvery = parsed.GetValue(noReload) ? null : options.ReloadEvery;
                },
                string.Create(CultureInfo.InvariantCulture, $"http://{parsed.GetValue(host)}:{parsed.GetValue(port)}"),
                parsed.GetValue(browser) ? [.. parsed.GetValue(models)!.Select(Named)] : null,
                parsed.GetValue(runtime),
                parsed.GetValue(cluster) is null ? null : ClusterStorage.Open(ClusterOption.Require(parsed, cluster)),
                cancellation);
        });
        return command;
    }

    private static async Task<int> Run(
        Action<ServingOptions> configure, string url, ServedModelOptions[]? browser, string? runtime, Hangfire.JobStorage? jobs, CancellationToken cancellation)
    {
        string? web = browser is null ? null : Directory.CreateTempSubdirectory("segml-web-").FullName;
        try
        {
            if (web is not null)
            {
                WebFolder.Write(web, [.. browser!.Select(m => (m.Name, m.Path))], runtime, cancellation: cancellation);
            }
            await using WebApplication app = ServeApp.Build(configure, url, web: web, jobs: jobs);
            await app.StartAsync(cancellation);
            foreach (string address in app.Urls)
            {
                Console.WriteLine($"{address}/ is the page; {address}/v1/segment answers photos, {address}/docs says how{(jobs is null ? "" : $", {address}/jobs shows the cluster")}; Ctrl-C stops");
            }
            await app.WaitForShutdownAsync(cancellation);
            Console.WriteLine("stopped");
            return ExitCode.Done;
        }
        catch (OptionsValidationException e)
        {
            throw new ScoringOptionsException("segml serve", $"cannot start: {e.Failures.First()}", "see segml serve --help", e);
        }
        catch (SocketException e)
        {
            throw new ScoringOptionsException("segml serve", $"cannot listen at {url} ({e.Message})", "choose another --host or --port", e);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new ScoringOptionsException("--port", $"is taken: {url}", "choose another, or 0 for any that is free", e);
        }
        finally
        {
            if (web is not null)
            {
                Directory.Delete(web, recursive: true);
            }
        }
    }

    private static ServedModelOptions Named(string model) => model.Split('=', 2) is [var name, var path] && !File.Exists(model)
        ? new ServedModelOptions { Name = name, Path = path }
        : new ServedModelOptions { Name = Path.GetFileNameWithoutExtension(model), Path = model };
}
