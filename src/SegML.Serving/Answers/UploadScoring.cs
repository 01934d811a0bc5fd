using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Serving.Limits;
using SegML.Serving.Models;

namespace SegML.Serving.Answers;

/// <summary>Scores an upload within the limits and makes something of the result, on a thread of the queue.</summary>
internal sealed class UploadScoring(ScoringQueue queue, ServingMetrics metrics, IOptions<ServingOptions> options)
{
    private readonly ImageReadOptions _reading = new() { MaxPixels = options.Value.MaxPixels, LeastDecoded = options.Value.Scoring.LeastDecoded };

    /// <summary>Scores it when its turn comes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="upload">The image; it stays the caller's.</param>
    /// <param name="asked">What is wanted.</param>
    /// <param name="make">What to make of the result, which is disposed afterwards.</param>
    /// <param name="cancellation">The client is gone.</param>
    /// <exception cref="RequestException">The image cannot be read, is too large, or takes too long.</exception>
    public async Task<T> Run<T>(ServedModel model, Upload upload, Asked asked, Func<ScoredUpload, T> make, CancellationToken cancellation)
    {
        using Activity? activity = ServingMetrics.Start("segment");
        activity?.SetTag("segml.model", model.Name);
        string outcome = "failed";
        long pixels = 0;
        try
        {
            (int width, int height) = Check(upload, asked, model.Classes);
            activity?.SetTag("segml.width", width).SetTag("segml.height", height);
            T made = await queue.Run(() => model.Use(m =>
            {
                (SegmentationMask mask, SegmentationScores? scores) = m.Score(upload.Bytes, upload.Name, asked.Size, asked.Probabilities, cancellation);
                using var scored = new ScoredUpload(upload, asked, _reading, mask, scores);
                return make(scored);
            }), cancellation);
            (outcome, pixels) = ("scored", (long)width * height);
            return made;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        catch (SegMLException e)
        {
            RequestException request = RequestException.Of(e, options.Value);
            outcome = request.Status == StatusCodes.Status504GatewayTimeout ? "timeout" : request.Status < 500 ? "refused" : "failed";
            throw request;
        }
        catch (RequestException)
        {
            outcome = "refused";
            throw;
        }
        finally
        {
            metrics.Image(model.Name, outcome, pixels);
            activity?.SetTag("segml.outcome", outcome);
        }
    }

    // From the header, before an image takes memory or a turn.
    private (int Width, int Height) Check(Upload upload, Asked asked, ClassSet classes)
    {
        (int width, int height) = RasterReader.ReadSize(upload.Bytes.Span, upload.Name, _reading);
        (int w, int h) = ReducedPhoto.Fit(width, height, asked.Size);
        if (asked.Probabilities && (double)w * h * classes.Count > options.Value.MaxProbabilities)
        {
            double scale = Math.Sqrt(options.Value.MaxProbabilities / ((double)w * h * classes.Count));
            throw new RequestException(StatusCodes.Status413PayloadTooLarge,
                $"the probabilities of {upload.Name} are {w}x{h} of {classes.Count.Of("class")}, more than {options.Value.MaxProbabilities.Of("number")}; "
                + $"ask for a smaller size: size={(int)(Math.Max(w, h) * scale)}");
        }
        return (width, height);
    }
}
