using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace SegML.Benchmarks;

/// <summary>The same network in Python's PyTorch, fp32 on the CPU: training.py beside this, in a process that waits while others have their turn.</summary>
internal sealed class PythonLoop : TrainingLoop
{
    private readonly Process _process;

    private PythonLoop(Process process, string version) : base($"Python's PyTorch {version}, fp32") => _process = process;

    /// <summary>Starts it.</summary>
    /// <param name="task">What is trained: fcn-light.</param>
    /// <param name="python">The interpreter; null: python3, or else the system's.</param>
    /// <param name="say">Told why there is none.</param>
    /// <returns>Null where it cannot be had.</returns>
    public static PythonLoop? Start(TrainingTask task, string? python, Action<string> say)
    {
        if (task.Network != "fcn-light")
        {
            say($"skipped: Python, whose script knows fcn-light, not {task.Network}");
            return null;
        }
        string reason = "";
        foreach (string interpreter in python is not null ? [python] : (string[])["python3", "/usr/bin/python3"])
        {
            if (Start(interpreter, task, out reason) is { } loop)
            {
                return loop;
            }
        }
        say($"skipped: Python with PyTorch ({reason}); apt-get install python3-torch, or --python PATH");
        return null;
    }

    public override Spent Take(int steps)
    {
        _process.StandardInput.WriteLine(steps.ToString(CultureInfo.InvariantCulture));
        string line = _process.StandardOutput.ReadLine() ?? throw new ArgumentException($"training.py ended: {_process.StandardError.ReadToEnd()}");
        double[] milliseconds = [.. line.Split(' ').Select(s => double.Parse(s, CultureInfo.InvariantCulture))];
        return new Spent(milliseconds[0], milliseconds[1]);
    }

    public override void Dispose()
    {
        // It reads until its input ends.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static PythonLoop? Start(string interpreter, TrainingTask task, out string reason)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "training.py"),
            .. new[] { task.Batch, task.Height, task.Width, task.Classes, Environment.ProcessorCount }.Select(n => n.ToString(CultureInfo.InvariantCulture))];
        try
        {
            Process process = Process.Start(new ProcessStartInfo(interpreter, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            if (process.StandardOutput.ReadLine() is { } version)
            {
                reason = "";
                return new PythonLoop(process, version);
            }
            string[] errors = process.StandardError.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            process.Dispose();
            reason = errors.Length == 0 ? "it said nothing" : errors[^1];
            return null;
        }
        catch (Win32Exception e)
        {
            reason = $"{interpreter}: {e.Message}";
            return null;
        }
    }
}
