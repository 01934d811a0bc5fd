using System.Buffers.Binary;
using System.Text;
using SegML.Images;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Runs;

namespace SegML.Tests.Runs;

/// <summary>The TensorBoard file, read back by a reader that shares nothing with the writer.</summary>
[TestClass]
public sealed class TensorBoardFileTests
{
    private static readonly DateTime Begun = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [TestMethod]
    public void ChecksumsAreCrc32C()
    {
        // RFC 3720, B.4: 32 bytes of zeros, and 32 of ones.
        Assert.AreEqual(0x8a9136aau, Crc32C(new byte[32]));
        Assert.AreEqual(0x62a8ab43u, Crc32C([.. Enumerable.Repeat((byte)0xff, 32)]));
    }

    [TestMethod]
    public void WhatIsWrittenIsReadBack()
    {
        using var folder = new TemporaryFolder();
        using var picture = new RgbaImage(6, 4);
        picture.Pixels.Fill(200);
        byte[] jpeg = ImageFile.EncodeJpeg(picture);
        string path = folder.File("events"), jpegPath = folder.File("1.jpg", jpeg);
        var board = new TensorBoardFile(path, Begun, ["road", "car"]);
        board.Begin([Epoch(1)], _ => []);
        board.Add(Epoch(2) with { MeanIoU = 0.5, PixelAccuracy = 0.75, PerClassIoU = [0.25, double.NaN] }, [(1, jpegPath)]);

        Event[] events = Read(path);
        Assert.HasCount(3, events);
        Assert.AreEqual("brain.Event:2", events[0].Version);
        Assert.AreEqual(Seconds(Begun), events[0].WallTime);
        Assert.AreEqual(1L, events[1].Step);
        Assert.AreEqual(Seconds(Begun.AddMinutes(1)), events[1].WallTime);
        CollectionAssert.AreEqual(new[] { "loss", "learning rate" }, events[1].Values.Select(v => v.Tag).ToArray());
        Assert.AreEqual(2L, events[2].Step);
        CollectionAssert.AreEqual(new[] { "loss", "learning rate", "validation/mean IoU", "validation/pixel accuracy", "IoU/road", "samples/1" },
            events[2].Values.Select(v => v.Tag).ToArray());
        CollectionAssert.AreEqual(new float?[] { 0.5f, 0.02f, 0.5f, 0.75f, 0.25f, null }, events[2].Values.Select(v => v.Scalar).ToArray());
        CollectionAssert.AreEqual(jpeg, events[2].Values[^1].Image);
        Assert.AreEqual((6L, 4L), events[2].Values[^1].Size);
    }

    [TestMethod]
    public void BeginningAgainWritesTheSameBytesAndDropsWhatIsTornOrTooLate()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("events");
        var board = new TensorBoardFile(path, Begun, []);
        board.Begin([], _ => []);
        board.Add(Epoch(1), []);
        board.Add(Epoch(2), []);
        byte[] whole = File.ReadAllBytes(path);
        board.Add(Epoch(3), []);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        Assert.ThrowsExactly<EndOfStreamException>(() => Read(path));

        board.Begin([Epoch(1), Epoch(2)], _ => []);
        CollectionAssert.AreEqual(whole, File.ReadAllBytes(path));
        Assert.HasCount(3, Read(path));
    }

    private static EpochRecord Epoch(int epoch) => new()
    {
        Epoch = epoch,
        Iteration = 10 * epoch,
        LearningRate = 0.01 * epoch,
        Loss = 1.0 / epoch,
        Seconds = 1,
        Ended = Begun.AddMinutes(epoch),
    };

    private static double Seconds(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;

    public sealed record Event(double WallTime, long Step, string? Version, IReadOnlyList<Value> Values);

    public sealed record Value(string Tag, float? Scalar, byte[]? Image, (long Width, long Height) Size);

    /// <summary>Reads all frames, their checksums checked.</summary>
    /// <exception cref="EndOfStreamException">The last frame is torn.</exception>
    public static Event[] Read(string path)
    {
        var events = new List<Event>();
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        for (int at = 0; at < file.Length;)
        {
            int length = at + 12 <= file.Length ? checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file[at..])) : throw new EndOfStreamException();
            Assert.AreEqual(Masked(file.Slice(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 8)..]));
            if (at + 12 + length + 4 > file.Length)
            {
                throw new EndOfStreamException();
            }
            ReadOnlySpan<byte> bytes = file.Slice(at + 12, length);
            Assert.AreEqual(Masked(bytes), BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 12 + length)..]));
            Dictionary<int, List<byte[]>> fields = Fields(bytes);
            events.Add(new Event(
                BitConverter.ToDouble(fields[1][0]),
                fields.TryGetValue(2, out var step) ? BitConverter.ToInt64(step[0]) : 0,
                fields.TryGetValue(3, out var version) ? Encoding.UTF8.GetString(version[0]) : null,
                fields.TryGetValue(5, out var summary) && Fields(summary[0]).TryGetValue(1, out var values) ? [.. values.Select(ReadValue)] : []));
            at += 16 + length;
        }
        return [.. events];
    }

    private static Value ReadValue(byte[] bytes)
    {
        Dictionary<int, List<byte[]>> fields = Fields(bytes);
        Dictionary<int, List<byte[]>>? image = fields.TryGetValue(4, out var inner) ? Fields(inner[0]) : null;
        return new Value(
            Encoding.UTF8.GetString(fields[1][0]),
            fields.TryGetValue(2, out var scalar) ? BitConverter.ToSingle(scalar[0]) : null,
            image?[4][0],
            image is null ? default : (BitConverter.ToInt64(image[2][0]), BitConverter.ToInt64(image[1][0])));
    }

    /// <summary>A message's fields (protobuf.dev/programming-guides/encoding); numbers as 8 bytes.</summary>
    private static Dictionary<int, List<byte[]>> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new Dictionary<int, List<byte[]>>();
        for (int at = 0; at < message.Length;)
        {
            long key = Number(message, ref at);
            byte[] value;
            switch (key & 7)
            {
                case 0:
                    value = BitConverter.GetBytes(Number(message, ref at));
                    break;
                case 1:
                    value = message.Slice(at, 8).ToArray();
                    at += 8;
                    break;
                case 5:
                    value = message.Slice(at, 4).ToArray();
                    at += 4;
                    break;
                default:
                    int length = (int)Number(message, ref at);
                    value = message.Slice(at, length).ToArray();
                    at += length;
                    break;
            }
            if (!fields.TryGetValue((int)(key >> 3), out List<byte[]>? list))
            {
                fields[(int)(key >> 3)] = list = [];
            }
            list.Add(value);
        }
        return fields;
    }

    private static long Number(ReadOnlySpan<byte> message, ref int at)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (long)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc32C(bytes);
        return (crc >> 15 | crc << 17) + 0xa282ead8u;
    }

    /// <summary>Bit by bit, from the reflected polynomial.</summary>
    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xffffffff;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = crc >> 1 ^ (crc & 1) * 0x82f63b78u;
            }
        }
        return ~crc;
    }
}
