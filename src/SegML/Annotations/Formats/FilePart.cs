using Microsoft.Win32.SafeHandles;

namespace SegML.Annotations.Formats;

/// <summary>Reads a part of a file at its place. Thread-safe.</summary>
internal static class FilePart
{
    /// <summary>Reads a part of an open file.</summary>
    /// <exception cref="AnnotationFormatException">The file was cut short since its parts were found.</exception>
    public static byte[] Read(SafeFileHandle file, string path, long offset, int length)
    {
        var part = new byte[length];
        for (int read = 0; read < length;)
        {
            int count = RandomAccess.Read(file, part.AsSpan(read), offset + read);
            if (count == 0)
            {
                throw new AnnotationFormatException(path, "was cut short while it was read", "export it again");
            }
            read += count;
        }
        return part;
    }

    /// <summary>Opens a file and reads a part of it.</summary>
    public static byte[] Read(string path, long offset, int length)
    {
        using FileStream stream = AnnotationContent.OpenStream(path);
        return Read(stream.SafeFileHandle, path, offset, length);
    }
}
