using System.Collections.Concurrent;
using System.CommandLine;
using System.Runtime.ExceptionServices;
using SegML.Cli.Prediction;
using SegML.Cli.Terminal;
using SegML.Files;
using SegML.Images;
using SegML.Video;

namespace SegML.Cli.Commands;

/// <summary><c>segml data frames</c>: images of a video's frames, to annotate and to train on.</summary>
internal static class FramesCommand
{
    public static Command Create()
    {
        var videos = new Argument<string[]>("video") { Description = "Videos that the installed ffmpeg can read.", Arity = ArgumentArity.OneOrMore };
        Option<string> output = SharedOptions.Out("The folder for VIDEO_000123.png, numbered by the frame's place in the video, from 0.");
        var every = new Option<int?>("--every") { Description = "Take every n-th frame. Default: 1, every frame.", HelpName = "N" };
        var rate = new Option<double?>("--fps") { Description = "Frames per second, evenly spaced. A video with fewer gives all it has.", HelpName = "F" };
        var jpeg = new Option<bool>("--jpeg") { Description = "Write JPEG (quality 90) instead of PNG: a fifth of the size, not exact." };
        var maxPixels = new Option<long>("--max-pixels")
        {
            Description = "Greatest number of pixels of a frame; larger ones are refused.",
            DefaultValueFactory = _ => new ImageReadOptions().MaxPixels,
            HelpName = "PIXELS",
        };
        var command = new Command("frames", "Write frames of videos as images, to annotate and to train on. Needs ffmpeg.")
        {
            videos, output, every, rate, jpeg, maxPixels,
        };
        command.Validators.Add(result =>
        {
            if (result.Readable(every) is not null && result.Readable(rate) is not null)
            {
                result.AddError("--every and --fps exclude each other");
            }
            if (result.Readable(every) is < 1)
            {
                result.AddError("--every is at least 1");
            }
            if (result.Readable(rate) is { } f && !(f > 0 && double.IsFinite(f)))
            {
                result.AddError("--fps is above 0");
            }
            if (result.GetResult(maxPixels) is { Implicit: false } && result.Readable(maxPixels) < 1)
            {
                result.AddError("--max-pixels is at least 1");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            var options = new VideoReadOptions
            {
                Every = parsed.GetValue(every) ?? 1,
                FramesPerSecond = parsed.GetValue(rate),
                MaxPixels = parsed.GetValue(maxPixels),
            };
            return Task.FromResult(Run(parsed.GetValue(videos)!, parsed.GetValue(output)!, parsed.GetValue(jpeg) ? ".jpg" : ".png", options, cancellation));
        });
        return command;
    }

    private static int Run(string[] videos, string folder, string extension, VideoReadOptions options, CancellationToken cancellation)
    {
        PredictInputs.RefuseClashes(videos, folder);
        using IDisposable protection = SourceFiles.Protect(videos, videos.Select(video => Path.Combine(folder, FrameName.Of(video, 0) + extension)));
        int failed = 0;
        foreach (string video in videos)
        {
            try
            {
                Console.WriteLine(WorkProgress.Run($"frames of {Path.GetFileName(video)}", progress => Write(video, folder, extension, options, progress, cancellation)));
            }
            catch (Exception e) when (e is VideoFormatException or FfmpegException)
            {
                failed++;
                Console.Error.WriteLine($"segml: skipped: {e.Message}");
            }
        }
        return failed > 0 ? ExitCode.BadInput : ExitCode.Done;
    }

    private static string Write(string file, string folder, string extension, VideoReadOptions options, WorkProgress progress, CancellationToken cancellation)
    {
        VideoReader video = VideoReader.Open(file, options, cancellation);
        int written = 0;
        // Encoding takes longer than decoding: all cores, and one frame in memory for each.
        try
        {
            Parallel.ForEach(Partitioner.Create(video.ReadFrames(cancellation), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, frame =>
                {
                    using (frame.Image)
                    {
                        ImageFile.Write(Path.Combine(folder, FrameName.Of(file, frame.Index) + extension), frame.Image);
                    }
                    int done = Interlocked.Increment(ref written);
                    progress.Report(done, (int)Math.Max(done, video.FrameCount ?? 0));
                });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        if (video.Damage is not null)
        {
            progress.Line($"segml: {file} {video.Damage}");
        }
        return $"{file}: {written.Of("frame")} of {video.Info.Width}x{video.Info.Height} in {folder}";
    }
}
