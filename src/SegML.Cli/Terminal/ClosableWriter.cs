using System.Text;

namespace SegML.Cli.Terminal;

/// <summary>
/// Standard output or error that a script may have closed (<c>2&gt;&amp;-</c>, <c>| head</c>): what nobody reads is dropped, and the work goes
/// on. A full disk is still an error.
/// </summary>
/// <param name="writer">The stream's writer.</param>
internal sealed class ClosableWriter(TextWriter writer) : TextWriter
{
    // errno of a closed descriptor and of a pipe without a reader, in the exceptions of .NET on Unix.
    private const int BadDescriptor = 9, BrokenPipe = 32;

    public override Encoding Encoding => writer.Encoding;

    public override void Write(char value) => Guarded(() => writer.Write(value));

    public override void Write(string? value) => Guarded(() => writer.Write(value));

    public override void Write(char[] buffer, int index, int count) => Guarded(() => writer.Write(buffer, index, count));

    public override void WriteLine(string? value) => Guarded(() => writer.WriteLine(value));

    public override void Flush() => Guarded(writer.Flush);

    private static void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (IOException e) when (e.HResult is BadDescriptor or BrokenPipe)
        {
            // Nobody reads it.
        }
    }
}
