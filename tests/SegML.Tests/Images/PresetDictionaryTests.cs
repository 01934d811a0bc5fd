using System.Buffers.Binary;
using System.IO.Hashing;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Scoring;

namespace SegML.Tests.Images;

/// <summary>zlib answers a stream that asks for a preset dictionary with an exception of its own.</summary>
[TestClass]
public sealed class PresetDictionaryTests
{
    [TestMethod]
    public void APngThatAsksForOneIsDamaged()
    {
        using var folder = new TemporaryFolder();
        using (RgbaImage image = TestImages.Gradient(24, 16))
        {
            ImageFile.Write(folder.File("a.png"), image);
        }
        MaskFile.Write(folder.File("mask.png"), new SegmentationMask(24, 16, TinyModel.Classes));
        Ask(folder.File("a.png"));
        Ask(folder.File("mask.png"));
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { Tiles = new TileOptions { Size = 8, Overlap = 0 } });
        Assert.Contains("is damaged", Assert.ThrowsExactly<ImageFormatException>(() => segmenter.Predict(folder.File("a.png"))).Message);
        Assert.Contains("is damaged", Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.Read(folder.File("mask.png"), TinyModel.Classes)).Message);
    }

    // RFC 1950: bit 5 of the second byte, with which the first two are a multiple of 31.
    private static void Ask(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int data = file.AsSpan().IndexOf("IDAT"u8), length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(data - 4));
        file[data + 5] = (byte)((file[data + 5] & 0xC0) | 0x20);
        file[data + 5] += (byte)(31 - (file[data + 4] * 256 + file[data + 5]) % 31);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(data + 4 + length), Crc32.HashToUInt32(file.AsSpan(data, 4 + length)));
        File.WriteAllBytes(path, file);
    }
}
