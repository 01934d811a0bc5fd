using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace SegML.Serving.Limits;

/// <summary>Lets requests pass that name one of the keys; all of them where there are none.</summary>
internal sealed class ApiKeyFilter(IOptions<ServingOptions> options) : IEndpointFilter
{
    private readonly KnownKeys _keys = new(options.Value.ApiKeys);

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (_keys.Count == 0 || (Key(context.HttpContext.Request) is { } key && _keys.Hold(key)))
        {
            return next(context);
        }
        context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return ValueTask.FromResult<object?>(TypedResults.Problem("name a key of this service: X-Api-Key: KEY, or Authorization: Bearer KEY",
            statusCode: StatusCodes.Status401Unauthorized));
    }

    private static string? Key(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string? authorization = request.Headers.Authorization;
        return request.Headers["X-Api-Key"] is [{ } key] ? key
            : authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true ? authorization[Scheme.Length..].Trim() : null;
    }
}
