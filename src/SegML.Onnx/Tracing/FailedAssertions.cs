using System.Diagnostics;

namespace SegML.Onnx.Tracing;

/// <summary>
/// As long as this lives, an assertion of the module's that fails (<see cref="Debug.Assert(bool)"/>) throws, where it would end the process: the module is tried at sizes that
/// it may not take.
/// </summary>
internal sealed class FailedAssertions : TraceListener
{
    private readonly DefaultTraceListener[] _usual = [.. Trace.Listeners.OfType<DefaultTraceListener>()];

    public FailedAssertions()
    {
        Array.ForEach(_usual, Trace.Listeners.Remove);
        Trace.Listeners.Add(this);
    }

    public override void Fail(string? message, string? detailMessage) => throw new InvalidOperationException($"an assertion failed: {message} {detailMessage}".TrimEnd(' ', ':'));

    public override void Write(string? message)
    {
    }

    public override void WriteLine(string? message)
    {
    }

    protected override void Dispose(bool disposing)
    {
        Trace.Listeners.Remove(this);
        Trace.Listeners.AddRange(_usual);
        base.Dispose(disposing);
    }
}
