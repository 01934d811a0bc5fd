using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace SegML.Serving.Models;

/// <summary>Whether the models answer: not while the app stops; degraded where a newer version of a file could not be loaded.</summary>
internal sealed class ModelsHealth(SegmentationModels models, IHostApplicationLifetime app) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string[] faults = [.. models.All.Select(m => m.Fault).OfType<string>()];
        return Task.FromResult(app.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("the app is stopping")
            : faults.Length > 0 ? HealthCheckResult.Degraded(string.Join("; ", faults))
            : HealthCheckResult.Healthy());
    }
}
