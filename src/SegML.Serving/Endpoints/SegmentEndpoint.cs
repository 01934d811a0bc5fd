using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SegML.Serving.Answers;
using SegML.Serving.Limits;
using SegML.Serving.Models;

namespace SegML.Serving.Endpoints;

/// <summary>Answers an image, or a batch of them.</summary>
internal sealed class SegmentEndpoint(
    SegmentationModels models, ScoringQueue queue, UploadScoring scoring, IOptions<ServingOptions> options)
{
    /// <summary>One image: the output that is asked for.</summary>
    public Task One(HttpContext context, string? model) => Within(context, model, async (served, asked) =>
    {
        using Uploads uploads = await RequestImages.Read(context.Request, options.Value, most: 1);
        Answer answer = await scoring.Run(served, uploads[0], asked, Answer.Of, context.RequestAborted);
        await Write(context, answer);
    });

    /// <summary>
    /// Several images: a JSON array in their order, with the outputs of each, or why it has none.
    /// </summary>
    public Task Batch(HttpContext context, string? model) => Within(context, model, async (served, asked) =>
    {
        if (asked.Outputs.FirstOrDefault(o => o.Name == "probabilities") is not null)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "probabilities are answered for one image at a time");
        }
        using Uploads uploads = await RequestImages.Read(context.Request, options.Value, options.Value.MaxBatch);
        var parts = new byte[uploads.Count][];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.Concurrency, CancellationToken = context.RequestAborted };
        await Parallel.ForAsync(0, uploads.Count, parallel, async (i, cancellation) =>
        {
            try
            {
                parts[i] = await scoring.Run(served, uploads[i], asked, scored => Part(uploads[i].Name, json => Answer.WriteTo(json, scored)), cancellation);
            }
            catch (RequestException e)
            {
                // A bad image is left out; the others go on.
                parts[i] = Part(uploads[i].Name, json =>
                {
                    json.WriteNumber("status", e.Status);
                    json.WriteString("detail", e.Message);
                });
            }
        });
        await Write(context, new Answer(Joined(parts), "application/json"));
    });

    private async Task Within(HttpContext context, string? name, Func<ServedModel, Asked, Task> answer)
    {
        try
        {
            ServedModel model = name is null ? models.All[0] : models.Find(name)
                ?? throw new RequestException(StatusCodes.Status404NotFound, $"there is no model \"{name}\"; there are {string.Join(", ", models.All.Select(m => m.Name))}");
            Asked asked = Asked.Of(context.Request, model);
            using ScoringQueue.Place? place = queue.TryEnter();
            if (place is null)
            {
                context.Response.Headers.RetryAfter = queue.RetryAfter.ToString(System.Globalization.CultureInfo.InvariantCulture);
                throw new RequestException(StatusCodes.Status429TooManyRequests, $"the service is busy; try again in {queue.RetryAfter.Of("second")}");
            }
            await answer(model, asked);
        }
        catch (RequestException e)
        {
            await TypedResults.Problem(e.Message, statusCode: e.Status).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer; the log says why there was none.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    private static async Task Write(HttpContext context, Answer answer)
    {
        context.Response.ContentType = answer.MediaType;
        context.Response.ContentLength = answer.Content.Length;
        await context.Response.Body.WriteAsync(answer.Content, context.RequestAborted);
    }

    private static byte[] Part(string name, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            write(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static byte[] Joined(byte[][] parts)
    {
        using var stream = new MemoryStream();
        for (int i = 0; i < parts.Length; i++)
        {
            stream.Write(i == 0 ? "["u8 : ","u8);
            stream.Write(parts[i]);
        }
        stream.Write("]"u8);
        return stream.ToArray();
    }
}
