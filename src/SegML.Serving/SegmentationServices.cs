using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SegML.Serving;
using SegML.Serving.Answers;
using SegML.Serving.Endpoints;
using SegML.Serving.Limits;
using SegML.Serving.Models;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds segmentation to an ASP.NET Core app.</summary>
public static class SegmentationServices
{
    /// <summary>The tag of the health check that tells whether the models answer.</summary>
    public const string ReadyTag = "ready";

    /// <summary>
    /// Adds a model, which <c>app.MapSegmentation</c> answers requests with. Called again, it adds another model. Models are loaded when the app starts, which
    /// fails where one cannot be loaded.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="model">An ONNX file that SegML exported or adopted, or a saved ML.NET pipeline (.zip). Requests call it by its file's name without extension.</param>
    /// <param name="configure">Changes the options; null: the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddSegmentation(this IServiceCollection services, string model, Action<ServingOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return services.AddSegmentation(options =>
        {
            options.Models.Add(new ServedModelOptions { Name = Path.GetFileNameWithoutExtension(model), Path = model });
            configure?.Invoke(options);
        });
    }

    /// <summary>Adds segmentation whose models the options name.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets the options: <c>builder.Configuration.GetSection("Segmentation").Bind</c> does.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddSegmentation(this IServiceCollection services, Action<ServingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.Configure(configure);
        if (services.Any(s => s.ServiceType == typeof(SegmentationModels)))
        {
            return services;
        }
        services.AddSingleton<IValidateOptions<ServingOptions>, ServingOptionsCheck>();
        services.AddMetrics();
        services.AddProblemDetails();
        services.AddSingleton<ServingMetrics>();
        services.AddSingleton<ScoringQueue>();
        services.AddSingleton<SegmentationModels>();
        services.AddSingleton<UploadScoring>();
        services.AddSingleton<SegmentEndpoint>();
        services.AddHostedService<ModelWatch>();
        services.AddHealthChecks().AddCheck<ModelsHealth>("segmentation", tags: [ReadyTag]);
        return services;
    }

    private sealed class ServingOptionsCheck : IValidateOptions<ServingOptions>
    {
        public ValidateOptionsResult Validate(string? name, ServingOptions options) =>
            options.Fault() is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
    }
}
