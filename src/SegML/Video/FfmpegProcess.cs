using System.ComponentModel;
using System.Diagnostics;

namespace SegML.Video;

/// <summary>
/// One run of an ffmpeg program. What it writes to stderr is read all the time, or it would wait for ever on a full pipe; the last line
/// is kept for errors. Cancellation and <see cref="Dispose"/> end it.
/// </summary>
internal sealed class FfmpegProcess : IDisposable
{
    private const int MostLine = 200;

    // What ffmpeg returns when a signal ended it. On Ctrl-C terminals signal the whole group, ffmpeg perhaps before us.
    private const int EndedBySignal = 255;
    private static readonly TimeSpan _untilOurSignal = TimeSpan.FromSeconds(1);

    private readonly string _subject;
    private readonly Process _process;
    private readonly Task _errors;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _stop;
    private volatile string? _lastLine, _lineBefore;

    private FfmpegProcess(string subject, Process process, CancellationToken cancellation)
    {
        _subject = subject;
        _process = process;
        _errors = ReadErrors();
        _cancellation = cancellation;
        _stop = cancellation.Register(Kill);
    }

    /// <summary>What it writes to stdout.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>What it reads from stdin.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>
    /// The last line that it wrote to stderr, or the one before it where the last merely sums up; without addresses and the file's own
    /// name. Null: none. Whole once it has ended.
    /// </summary>
    public string? Complaint => Plain(_lastLine?.StartsWith("file:", StringComparison.Ordinal) is true ? _lineBefore ?? _lastLine : _lastLine);

    /// <summary>Starts a program.</summary>
    /// <param name="program">ffmpeg or ffprobe.</param>
    /// <param name="subject">The video that it is for, named in errors.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FfmpegException">It is not on PATH, or does not start.</exception>
    public static FfmpegProcess Start(string program, string subject, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        string path = Ffmpeg.Find(program, subject);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            Process process = Process.Start(new ProcessStartInfo(path, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                CreateNoWindow = true,
            })!;
            return new FfmpegProcess(subject, process, cancellation);
        }
        catch (Win32Exception e)
        {
            throw new FfmpegException(path, $"does not start ({e.Message.TrimEnd('.')})", "install ffmpeg again", e);
        }
    }

    /// <summary>Waits for its end, once <see cref="Output"/> is read to its own.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public int WaitForExit()
    {
        CloseInput();
        _process.WaitForExit();
        _errors.Wait(CancellationToken.None);
        if (_process.ExitCode == EndedBySignal)
        {
            _cancellation.WaitHandle.WaitOne(_untilOurSignal);
        }
        _cancellation.ThrowIfCancellationRequested();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        _stop.Dispose();
        Kill();
        _process.WaitForExit();
        _errors.Wait(CancellationToken.None);
        _process.Dispose();
    }

    private void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    private async Task ReadErrors()
    {
        while (await _process.StandardError.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                (_lineBefore, _lastLine) = (_lastLine, line);
            }
        }
    }

    // "[mov,mp4 @ 0x55e1] moov atom not found", "file:drive.mp4: Invalid data found when processing input".
    private string? Plain(string? line)
    {
        if (line is null)
        {
            return null;
        }
        line = line.StartsWith('[') && line.IndexOf("] ", StringComparison.Ordinal) is > 0 and var end ? line[(end + 2)..] : line;
        line = line.Replace($"file:{_subject}: ", "", StringComparison.Ordinal).Trim().TrimEnd('.');
        return line.Length > MostLine ? line[..MostLine] + "..." : line;
    }
}
