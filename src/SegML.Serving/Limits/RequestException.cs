using Microsoft.AspNetCore.Http;

namespace SegML.Serving.Limits;

/// <summary>A request that is not answered as asked: its status and, in a sentence, why and what to do.</summary>
internal sealed class RequestException(int status, string detail, Exception? inner = null) : Exception(detail, inner)
{
    /// <summary>The status of the answer.</summary>
    public int Status { get; } = status;

    /// <summary>Of what an image, a model or the app's own limits refuse.</summary>
    public static RequestException Of(SegMLException e, ServingOptions limits) => e switch
    {
        ImageFormatException { TooLarge: var (width, height) } => new(StatusCodes.Status413PayloadTooLarge, (long)width * height > limits.MaxPixels
            ? $"{e.Subject} is {width}x{height}, more than {limits.MaxPixels.Of("pixel")}; scale it down" : e.Message, e),
        ImageFormatException => new(StatusCodes.Status422UnprocessableEntity, e.Message, e),
        Scoring.ScoringTimeoutException => new(StatusCodes.Status504GatewayTimeout, e.Message, e),
        _ => new(StatusCodes.Status500InternalServerError, e.Message, e),
    };
}
