using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace SegML.Serving.Limits;

/// <summary>Lets requests pass that name one of the keys; all of them where there are none.</summary>
internal sealed class ApiKeyFilter(IOptions<ServingOptions> options) : IEndpointFilter
{
    // Hashes are of one length, so that comparing them takes the same time however a key differs.
    private readonly byte[][] _keys = [.. options.Value.ApiKeys.Select(Hash)];

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (_keys.Length == 0 || Holds(Key(context.HttpContext.Request)))
        {
            return next(context);
        }
        context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return ValueTask.FromResult<object?>(TypedResults.Problem("name a key of this service: X-Api-Key: KEY, or Authorization: Bearer KEY",
            statusCode: StatusCodes.Status401Unauthorized));
    }

    private bool Holds(string? key)
    {
        if (key is null)
        {
            return false;
        }
        byte[] hash = Hash(key);
        bool holds = false;
        foreach (byte[] known in _keys)
        {
            holds |= CryptographicOperations.FixedTimeEquals(known, hash);
        }
        return holds;
    }

    private static string? Key(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string? authorization = request.Headers.Authorization;
        return request.Headers["X-Api-Key"] is [{ } key] ? key
            : authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true ? authorization[Scheme.Length..].Trim() : null;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
