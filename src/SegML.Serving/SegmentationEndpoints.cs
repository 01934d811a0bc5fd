using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SegML.Serving.Answers;
using SegML.Serving.Endpoints;
using SegML.Serving.Limits;
using SegML.Serving.Models;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the endpoints of a segmentation service.</summary>
public static class SegmentationEndpoints
{
    /// <summary>
    /// Maps <c>POST /segment</c> and <c>POST /batch</c> for the first model, the same under <c>/models/{model}</c> for each, and <c>GET /models</c>, all under a prefix.
    /// </summary>
    /// <param name="endpoints">The app.</param>
    /// <param name="prefix">Before all of them: "/v1".</param>
    /// <returns>The group of endpoints, to add to: <c>RequireAuthorization()</c>, <c>RequireCors(...)</c>.</returns>
    /// <exception cref="InvalidOperationException"><c>AddSegmentation</c> was not called.</exception>
    public static RouteGroupBuilder MapSegmentation(this IEndpointRouteBuilder endpoints, string prefix)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(SegmentationModels)) == false)
        {
            throw new InvalidOperationException("there is no model to serve: call builder.Services.AddSegmentation(\"model.onnx\") first");
        }
        RouteGroupBuilder group = endpoints.MapGroup(prefix).WithTags("Segmentation").DisableAntiforgery();
        group.AddEndpointFilter(ActivatorUtilities.CreateInstance<ApiKeyFilter>(endpoints.ServiceProvider));
        Segment(group.MapPost("/segment", (HttpContext context, SegmentEndpoint segment) => segment.One(context, null)), "Segment an image with the first model");
        Segment(group.MapPost("/models/{model}/segment", (HttpContext context, SegmentEndpoint segment, string model) => segment.One(context, model)), "Segment an image");
        Batch(group.MapPost("/batch", (HttpContext context, SegmentEndpoint segment) => segment.Batch(context, null)), "Segment several images with the first model");
        Batch(group.MapPost("/models/{model}/batch", (HttpContext context, SegmentEndpoint segment, string model) => segment.Batch(context, model)), "Segment several images");
        group.MapGet("/models", (SegmentationModels models) => models.All.Select(m => ModelAnswer.Of(m, models)))
            .WithSummary("The models").Produces<IEnumerable<ModelAnswer>>();
        group.MapGet("/models/{model}", (SegmentationModels models, string model) => models.Find(model) is { } found
                ? Results.Ok(ModelAnswer.Of(found, models))
                : Results.Problem($"there is no model \"{model}\"", statusCode: StatusCodes.Status404NotFound))
            .WithSummary("A model").Produces<ModelAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        foreach (string path in (string[])["/segment", "/models/{model}/segment", "/batch", "/models/{model}/batch"])
        {
            Refuse(group, path, HttpMethods.Post, "POST an image to it");
        }
        Refuse(group, "/models", HttpMethods.Get, "GET it");
        Refuse(group, "/models/{model}", HttpMethods.Get, "GET it");
        return group;
    }

    /// <summary>
    /// Maps <c>/live</c>, which answers while the process does, and <c>/ready</c>, which answers 503 before the models answer and once the app stops, under a prefix.
    /// They ask for no key.
    /// </summary>
    /// <param name="endpoints">The app.</param>
    /// <param name="prefix">Before both of them.</param>
    /// <returns>The group of endpoints.</returns>
    public static RouteGroupBuilder MapSegmentationHealth(this IEndpointRouteBuilder endpoints, string prefix = "/health")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        group.MapHealthChecks("/live", new HealthCheckOptions { Predicate = _ => false });
        group.MapHealthChecks("/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(SegmentationServices.ReadyTag) });
        return group;
    }

    /// <summary>
    /// Maps the page: photos are dropped, chosen, pasted or taken, and it shows what the models see in them. Needs <see cref="MapSegmentation"/>, and nothing
    /// from any other server.
    /// </summary>
    /// <param name="endpoints">The app.</param>
    /// <param name="prefix">Where the page is: "/" or "/look".</param>
    /// <param name="api">Where <see cref="MapSegmentation"/> is.</param>
    /// <returns>The group of endpoints.</returns>
    public static RouteGroupBuilder MapSegmentationPage(this IEndpointRouteBuilder endpoints, string prefix = "/", string api = "/v1")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(api);
        RouteGroupBuilder group = endpoints.MapGroup(prefix).ExcludeFromDescription();
        group.MapGet("/config.json", (HttpContext context) => Results.Json(new { api = context.Request.PathBase + api, browser = false }));
        foreach (string path in PageFiles.All.Keys.Append(""))
        {
            group.MapGet("/" + path, (HttpContext context) => PageFiles.Answer(context, path));
        }
        return group;
    }

    // Routing's own 405 has no body. The endpoint of the right method comes first by its order.
    private static void Refuse(RouteGroupBuilder group, string path, string allowed, string fix) => group.Map(path, (HttpContext context) =>
    {
        context.Response.Headers.Allow = allowed;
        return Results.Problem($"{context.Request.Method} is not answered at {context.Request.Path}; {fix}", statusCode: StatusCodes.Status405MethodNotAllowed);
    }).WithOrder(1).ExcludeFromDescription();

    private static void Segment(RouteHandlerBuilder endpoint, string summary) => Common(endpoint, batch: false)
        .WithSummary(summary)
        .WithDescription("The image is the body, a file of a form, or base64 in JSON. Several outputs are answered in one JSON document, pictures in base64.")
        .Produces<byte[]>(StatusCodes.Status200OK, Output.All[0].MediaType, [.. Output.All.Select(o => o.MediaType).Distinct().Skip(1)])
        .ProducesProblem(StatusCodes.Status406NotAcceptable);

    private static void Batch(RouteHandlerBuilder endpoint, string summary) => Common(endpoint, batch: true)
        .WithSummary(summary)
        .WithDescription("The images are the files of a form, or base64 in JSON. The answer is an array in their order: each one's name, size and outputs, or the status and detail of why it has none.")
        .Produces<object[]>();

    private static RouteHandlerBuilder Common(RouteHandlerBuilder endpoint, bool batch) => ApiDescription.Describe(endpoint, batch)
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status408RequestTimeout)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status429TooManyRequests)
        .ProducesProblem(StatusCodes.Status504GatewayTimeout);
}
