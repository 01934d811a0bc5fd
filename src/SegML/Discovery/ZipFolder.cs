using System.IO.Compression;
using SegML.Files;

namespace SegML.Discovery;

/// <summary>Unpacks the zip file of a data set, guarded against what hostile archives do.</summary>
public static class ZipFolder
{
    private const int MostFiles = 2_000_000;
    private const long MostBytes = 1L << 40;

    /// <summary>Unpacks an archive into a new folder. Nothing outside the folder is written; a failure leaves nothing behind.</summary>
    /// <param name="zip">The archive.</param>
    /// <param name="folder">The folder, which must not exist.</param>
    /// <param name="progress">Receives after each file how many are done. Null: nobody is interested.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="DatasetException">
    /// It is not a zip archive or is damaged, the folder exists, a name leads out of the folder, there are too many files, or they are larger than
    /// they claim or than the space that is free.
    /// </exception>
    public static void Unpack(string zip, string folder, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(zip);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string full = Path.GetFullPath(folder), temporary = TemporaryFile.For(full);
        try
        {
            Boundary.Archive.Cross(zip, () => Unpack(zip, full, temporary, progress, cancellation));
        }
        finally
        {
            TemporaryFile.Delete(temporary);
        }
    }

    private static int Unpack(string zip, string full, string temporary, IProgress<(int Done, int Total)>? progress, CancellationToken cancellation)
    {
        int done = 0;
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(zip);
            if (Directory.Exists(full) || File.Exists(full))
            {
                throw new DatasetException(full, "exists already", "name it instead of the archive, or move it elsewhere");
            }
            Check(archive, zip, full);
            TemporaryFile.DeleteLeft(Path.GetDirectoryName(full)!);
            Directory.CreateDirectory(temporary);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!entry.FullName.EndsWith('/') && !entry.FullName.EndsWith('\\'))
                {
                    Write(entry, Target(entry, temporary, zip), zip);
                }
                progress?.Report((++done, archive.Entries.Count));
            }
            Directory.Move(temporary, full);
            return done;
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw new DatasetException(zip, "is not a zip archive, or is damaged or encrypted", "name a folder of images and annotations, or the zip file that the tool wrote", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(zip, $"cannot be unpacked ({e.Message.TrimEnd('.')})", "check the path, its permissions and the space that is free", e);
        }
    }

    private static void Check(ZipArchive archive, string zip, string folder)
    {
        long bytes = 0;
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            bytes += entry.Length;
            // Deflate ends at about 1030 to 1; annotations and bitmaps stay far below.
            if (entry.Length > 16 << 20 && entry.Length / Math.Max(1, entry.CompressedLength) > 500)
            {
                throw new DatasetException(zip, $"holds {entry.FullName}, which claims to be {entry.Length} bytes in {entry.CompressedLength}", "unpack it yourself if it is to be trusted");
            }
        }
        long free = new DriveInfo(Path.GetPathRoot(folder)!).AvailableFreeSpace;
        if (archive.Entries.Count > MostFiles || bytes > Math.Min(MostBytes, free))
        {
            throw new DatasetException(zip, $"holds {archive.Entries.Count.Of("file")} of {bytes} bytes in all", $"free some space ({free} bytes are free), or unpack it yourself and name the folder");
        }
    }

    private static string Target(ZipArchiveEntry entry, string folder, string zip)
    {
        string target = Path.GetFullPath(Path.Combine(folder, entry.FullName.Replace('\\', '/')));
        // Symbolic links lead elsewhere without their name showing it.
        bool isLink = (entry.ExternalAttributes >> 16 & 0xF000) == 0xA000;
        return target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) && !isLink ? target
            : throw new DatasetException(zip, $"holds {entry.FullName}, which {(isLink ? "is a link" : "leads out of the folder")}", "do not trust it");
    }

    private static void Write(ZipArchiveEntry entry, string target, string zip)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using Stream from = entry.Open();
        using var to = new FileStream(target, FileMode.CreateNew);
        var block = new byte[1 << 16];
        long left = entry.Length;
        for (int read; (read = from.Read(block)) > 0;)
        {
            left -= read;
            if (left < 0)
            {
                throw new DatasetException(zip, $"holds {entry.FullName}, which is larger than it claims", "do not trust it");
            }
            to.Write(block, 0, read);
        }
    }
}
