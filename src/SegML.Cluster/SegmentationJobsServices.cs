using Hangfire;
using SegML.Cluster.Jobs;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>SegML's jobs in an app that has Hangfire already.</summary>
public static class SegmentationJobsServices
{
    /// <summary>
    /// Adds <see cref="ScoringJobs"/>, by which the app starts jobs and asks after them, and what its own Hangfire server needs to work them off. The app calls <c>AddHangfire</c> with
    /// its storage as it is used to, and, where it is to score too, <c>AddHangfireServer(o => o.Queues = ["segml"])</c>.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="options">Device, threads, the folder of models; null: the defaults.</param>
    public static IServiceCollection AddSegmentationJobs(this IServiceCollection services, SegmentationJobsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton(_ => new ModelStore(options ?? new SegmentationJobsOptions()));
        services.AddTransient(provider => new ScoringChunk(provider.GetRequiredService<ModelStore>()));
        services.AddSingleton(provider => new ScoringJobs(provider.GetRequiredService<IBackgroundJobClient>(), provider.GetRequiredService<JobStorage>()));
        return services;
    }
}
