using System.Diagnostics;
using System.Globalization;
using SegML.Cli.Terminal;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Video;

namespace SegML.Cli.Prediction;

/// <summary>
/// Scores videos: decoding, scoring, and drawing with encoding are three steps that overlap, two frames between them at most. Each frame
/// is scored by itself; nothing is smoothed over time.
/// </summary>
/// <param name="segmenter">The model.</param>
/// <param name="outputs">What is written.</param>
/// <param name="maxPixels">Greatest number of pixels of a frame.</param>
/// <param name="cancellation">Stops; a video that is not finished is not left.</param>
internal sealed class VideoPrediction(Segmenter segmenter, VideoOutputs outputs, long maxPixels, CancellationToken cancellation)
{
    private const int FramesBetween = 2;

    /// <summary>Scores a video to its end.</summary>
    /// <returns>What to tell of it.</returns>
    /// <exception cref="VideoFormatException">It is not a video that can be read.</exception>
    /// <exception cref="FfmpegException">There is no ffmpeg.</exception>
    public string Run(string file, WorkProgress progress)
    {
        VideoReader video = VideoReader.Open(file, new VideoReadOptions { ConstantRate = outputs.Overlays, MaxPixels = maxPixels }, cancellation);
        string overlay = PredictInputs.OverlayOf(file, outputs.Folder, ".mp4");
        string masks = Path.Combine(outputs.Folder, Path.GetFileNameWithoutExtension(file) + ".masks");
        long started = Stopwatch.GetTimestamp(), done = 0;
        IEnumerable<(VideoFrame Frame, SegmentationMask Mask)> scored = video.ReadFrames(cancellation).Ahead(FramesBetween, cancellation)
            .Select(frame => (frame, segmenter.Predict(frame.Image, cancellation))).Ahead(FramesBetween, cancellation);
        if (outputs.Overlays)
        {
            var options = new VideoWriteOptions { FrameRate = video.Info.FrameRate, AudioFrom = video.Info };
            VideoFile.Write(overlay, Drawn(), options, cancellation);
        }
        else
        {
            foreach ((VideoFrame frame, SegmentationMask mask) in scored)
            {
                using (frame.Image)
                using (mask)
                {
                    Finish(frame, mask);
                }
            }
        }
        if (video.Damage is not null)
        {
            progress.Line($"segml: {file} {video.Damage}");
        }
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"{file}: {done.Of("frame")} of {video.Info.Width}x{video.Info.Height} scored in {seconds:0.0} s, ")
            + string.Create(CultureInfo.InvariantCulture, $"{done / seconds:0.0} a second, in {(outputs.Overlays ? overlay : masks)}");

        IEnumerable<RgbaImage> Drawn()
        {
            // The legend keeps the classes that it had, or it would flicker.
            var seen = new SortedSet<int>();
            foreach ((VideoFrame frame, SegmentationMask mask) in scored)
            {
                using (frame.Image)
                using (mask)
                {
                    double[] shares = mask.Shares();
                    seen.UnionWith(Enumerable.Range(0, shares.Length).Where(id => shares[id] > 0));
                    using RgbaImage picture = Overlay.Draw(frame.Image, mask, new OverlayOptions { LegendClasses = seen });
                    yield return picture;
                    Finish(frame, mask);
                }
            }
        }

        void Finish(VideoFrame frame, SegmentationMask mask)
        {
            if (outputs.FrameMasks)
            {
                MaskFile.Write(Path.Combine(masks, FrameName.Of(file, frame.Index) + ".png"), mask);
            }
            done++;
            double rate = done / Stopwatch.GetElapsedTime(started).TotalSeconds;
            progress.Report((int)done, (int)Math.Max(done, video.FrameCount ?? 0), string.Create(CultureInfo.InvariantCulture, $"{rate:0.0} frames a second"));
        }
    }
}

/// <summary>What is written of a video.</summary>
/// <param name="Folder">Where to: NAME.overlay.mp4 and NAME.masks/. Masks have a folder of their own, so that none takes a frame's place.</param>
/// <param name="Overlays">Whether a video with the masks drawn over it is.</param>
/// <param name="FrameMasks">Whether each frame's mask is.</param>
internal readonly record struct VideoOutputs(string Folder, bool Overlays, bool FrameMasks);
