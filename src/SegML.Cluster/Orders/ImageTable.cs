using System.Text;
using System.Text.Json;
using SegML.Batches;
using SegML.Files;

namespace SegML.Cluster.Orders;

/// <summary>A job's images as they were listed, a line of JSON each, read in pieces from where a chunk begins.</summary>
internal static class ImageTable
{
    /// <summary>Writes the table, whole or not at all.</summary>
    /// <returns>How many images there are.</returns>
    public static long Write(string path, IEnumerable<BatchImage> images, IProgress<long>? progress, CancellationToken cancellation)
    {
        long count = 0;
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
            foreach (BatchImage image in images)
            {
                cancellation.ThrowIfCancellationRequested();
                writer.WriteLine(JsonSerializer.Serialize((string[])[image.File, image.Name]));
                if (++count % 1000 == 0)
                {
                    progress?.Report(count);
                }
            }
        });
        return count;
    }

    /// <summary>Cuts the table into chunks, from a place on.</summary>
    /// <param name="path">The table.</param>
    /// <param name="offset">The byte at which the first chunk begins.</param>
    /// <param name="size">Images a chunk.</param>
    /// <returns>Where each chunk begins and ends, and how many images it has.</returns>
    public static IEnumerable<(long Offset, long End, int Count)> Chunks(string path, long offset, int size)
    {
        using FileStream stream = Open(path, offset);
        byte[] buffer = new byte[1 << 16];
        long start = offset, at = offset;
        int count = 0;
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            for (int i = 0; i < read; i++)
            {
                at++;
                if (buffer[i] == '\n' && ++count == size)
                {
                    yield return (start, at, count);
                    (start, count) = (at, 0);
                }
            }
        }
        if (count > 0)
        {
            yield return (start, at, count);
        }
    }

    /// <summary>Reads a chunk's images.</summary>
    /// <exception cref="ModelFormatException">The table is missing or not as it was written.</exception>
    public static IReadOnlyList<BatchImage> Read(string path, long offset, int count)
    {
        try
        {
            using var reader = new StreamReader(Open(path, offset));
            var images = new BatchImage[count];
            for (int i = 0; i < count; i++)
            {
                images[i] = JsonSerializer.Deserialize<string[]>(reader.ReadLine() ?? "") is [var file, var name] ? new BatchImage(file, name) : throw new JsonException("a line is no image");
            }
            return images;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ModelFormatException(path, UnreadableFile.Because(e), "see whether this machine sees the job's folder, or start the job again", e);
        }
    }

    private static FileStream Open(string path, long offset)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        stream.Position = offset;
        return stream;
    }
}
