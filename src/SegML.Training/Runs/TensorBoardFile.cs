using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using SegML.Files;
using SegML.Images;

namespace SegML.Training.Runs;

/// <summary>
/// The run's figures and sample predictions as TensorBoard reads them: TFRecord frames (tensorflow/core/lib/io/record_writer.h) of
/// Event messages (tensorflow/core/util/event.proto). The file follows from log.csv and the samples folder alone: each process writes
/// it anew up to its checkpoint when it starts, then appends an epoch at a time. So resuming neither loses nor doubles a step, a
/// frame torn by a killed process does not outlive it, and what a reader has seen stays where it was.
/// </summary>
internal sealed class TensorBoardFile(string path, DateTime begun, IReadOnlyList<string> classes)
{
    /// <summary>Writes the file with these epochs.</summary>
    /// <param name="epochs">The log's rows.</param>
    /// <param name="pictures">Pictures of an epoch: the sample's number and the JPEG file.</param>
    public void Begin(IEnumerable<EpochRecord> epochs, Func<int, IEnumerable<(int Sample, string Path)>> pictures) => AtomicFile.Write(path, stream =>
    {
        using var version = new MemoryStream();
        using (var message = new CodedOutputStream(version, leaveOpen: true))
        {
            WallTime(message, begun);
            message.WriteTag(3, WireFormat.WireType.LengthDelimited);
            message.WriteString("brain.Event:2");
        }
        Frame(stream, version.ToArray());
        foreach (EpochRecord epoch in epochs)
        {
            Write(stream, epoch, pictures(epoch.Epoch));
        }
    });

    /// <summary>Appends an epoch.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public void Add(EpochRecord epoch, IEnumerable<(int Sample, string Path)> pictures)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            Write(stream, epoch, pictures);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(path, $"cannot be written ({e.Message.TrimEnd('.')})", "free some space or choose a folder you may write to", e);
        }
    }

    private void Write(Stream stream, EpochRecord epoch, IEnumerable<(int Sample, string Path)> pictures)
    {
        List<byte[]> values =
        [
            Scalar("loss", epoch.Loss), Scalar("learning rate", epoch.LearningRate),
            .. double.IsNaN(epoch.MeanIoU) ? [] : (byte[][])[Scalar("validation/mean IoU", epoch.MeanIoU), Scalar("validation/pixel accuracy", epoch.PixelAccuracy)],
            .. double.IsNaN(epoch.ValidationLoss) ? [] : (byte[][])[Scalar("validation/loss", epoch.ValidationLoss)],
            .. epoch.PerClassIoU.Zip(classes).Where(c => !double.IsNaN(c.First)).Select(c => Scalar($"IoU/{c.Second}", c.First)),
            .. pictures.Select(picture => Picture($"samples/{picture.Sample}", picture.Path)),
        ];
        using var summary = new MemoryStream();
        using (var message = new CodedOutputStream(summary, leaveOpen: true))
        {
            foreach (byte[] value in values)
            {
                Part(message, 1, value);
            }
        }
        using var record = new MemoryStream();
        using (var message = new CodedOutputStream(record, leaveOpen: true))
        {
            WallTime(message, epoch.Ended ?? begun);
            message.WriteTag(2, WireFormat.WireType.Varint);
            message.WriteInt64(epoch.Epoch);
            Part(message, 5, summary.ToArray());
        }
        Frame(stream, record.ToArray());
    }

    private static void WallTime(CodedOutputStream message, DateTime time)
    {
        message.WriteTag(1, WireFormat.WireType.Fixed64);
        message.WriteDouble((time - DateTime.UnixEpoch).TotalSeconds);
    }

    private static byte[] Scalar(string tag, double value) => Value(tag, message =>
    {
        message.WriteTag(2, WireFormat.WireType.Fixed32);
        message.WriteFloat((float)value);
    });

    private static byte[] Picture(string tag, string file) => Value(tag, message =>
    {
        (int width, int height) = ImageFile.ReadSize(file);
        using var image = new MemoryStream();
        using (var inner = new CodedOutputStream(image, leaveOpen: true))
        {
            // Height, width, colour space (3 is RGB), the file.
            foreach ((int field, int number) in (ReadOnlySpan<(int, int)>)[(1, height), (2, width), (3, 3)])
            {
                inner.WriteTag(field, WireFormat.WireType.Varint);
                inner.WriteInt32(number);
            }
            Part(inner, 4, File.ReadAllBytes(file));
        }
        Part(message, 4, image.ToArray());
    });

    private static byte[] Value(string tag, Action<CodedOutputStream> write)
    {
        using var value = new MemoryStream();
        using (var message = new CodedOutputStream(value, leaveOpen: true))
        {
            message.WriteTag(1, WireFormat.WireType.LengthDelimited);
            message.WriteString(tag);
            write(message);
        }
        return value.ToArray();
    }

    private static void Part(CodedOutputStream message, int field, byte[] bytes)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(UnsafeByteOperations.UnsafeWrap(bytes));
    }

    /// <summary>A frame: the length, its checksum, the bytes, their checksum.</summary>
    private static void Frame(Stream stream, byte[] bytes)
    {
        Span<byte> head = stackalloc byte[12], tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Checksum(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Checksum(bytes));
        stream.Write(head);
        stream.Write(bytes);
        stream.Write(tail);
    }

    /// <summary>CRC-32C, rotated and offset so that a checksum of checksums does not vanish.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
