using System.Globalization;
using System.Text;

namespace SegML.Batches;

/// <summary>
/// What attempts at one chunk of images have come to, so that an attempt after one that was killed does not do its work again, and an
/// image that kills processes is left out in the end. Each attempt appends to a file of its own: of two that run at the same time, because one was
/// taken for dead, neither disturbs the other. A line is begun, done or left for an image's place in the chunk; a torn last line counts as none.
/// </summary>
public sealed class BatchJournal : IDisposable
{
    private readonly FileStream _own;
    private readonly Dictionary<int, string> _done = [];
    private readonly Dictionary<int, int> _deaths = [];

    private BatchJournal(FileStream own) => _own = own;

    /// <summary>Reads what earlier attempts wrote, and begins an attempt.</summary>
    /// <param name="folder">The chunk's folder, or one that it shares with others; made when missing.</param>
    /// <param name="chunk">The chunk's name in it.</param>
    /// <exception cref="OutputException">The folder cannot be written.</exception>
    public static BatchJournal Open(string folder, string chunk)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(chunk);
        try
        {
            Directory.CreateDirectory(folder);
            string[] earlier = Directory.GetFiles(folder, chunk + ".*.log");
            var journal = new BatchJournal(new FileStream(Path.Combine(folder, $"{chunk}.{Guid.NewGuid():N}.log"), FileMode.CreateNew, FileAccess.Write, FileShare.Read));
            foreach (string file in earlier)
            {
                journal.Read(file);
            }
            return journal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(folder, $"cannot be written ({e.Message.TrimEnd('.')})", "free some space or choose a folder you may write to", e);
        }
    }

    /// <summary>The checksum of an image's files as an attempt wrote them; null: none has.</summary>
    public string? ChecksumOf(int index) => _done.GetValueOrDefault(index);

    /// <summary>How many attempts ended, or have not ended yet, while the image was under way.</summary>
    public int DeathsAt(int index) => _deaths.GetValueOrDefault(index);

    /// <summary>An image is about to be scored.</summary>
    public void Begin(int index) => Add("begun", index, null);

    /// <summary>An image's files are written.</summary>
    public void Done(int index, string checksum) => Add("done", index, checksum);

    /// <summary>An image is left without a result, for now or for good.</summary>
    public void Left(int index) => Add("left", index, null);

    /// <inheritdoc/>
    public void Dispose() => _own.Dispose();

    // Written at once, not forced to disk: it outlives the process, and after a machine's end the images are scored again.
    private void Add(string what, int index, string? checksum)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{what} {index}{(checksum is null ? "" : " " + checksum)}\n");
        _own.Write(Encoding.ASCII.GetBytes(line));
        _own.Flush();
    }

    private void Read(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        string text = reader.ReadToEnd();
        int? open = null;
        foreach (string line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ');
            if (words.Length < 2 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            {
                continue;
            }
            open = words[0] == "begun" ? index : null;
            if (words is ["done", _, { Length: 32 } checksum])
            {
                _done[index] = checksum;
            }
        }
        if (open is { } under)
        {
            _deaths[under] = DeathsAt(under) + 1;
        }
    }
}
