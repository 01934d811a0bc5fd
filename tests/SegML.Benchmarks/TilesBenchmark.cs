using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>
/// Scores one large image in tiles and prints time and peak memory: 20000x20000 pixels, which are 1.6 GB decoded, in less
/// than 2 GB. The image is drawn and written row by row, so that the peak is the scoring's.
/// </summary>
internal static class TilesBenchmark
{
    public static int Run(Arguments arguments)
    {
        (int width, int height) = arguments.Size("image-size") ?? (20000, 20000);
        var tiles = new TileOptions
        {
            Size = arguments.Number("tile-size", 1024),
            Overlap = arguments.Text("tile-overlap") is null ? null : arguments.Number("tile-overlap", 0),
        };
        string folder = Directory.CreateTempSubdirectory("segml-tiles-").FullName;
        try
        {
            string path = arguments.Text("image") ?? Write(Path.Combine(folder, "large.png"), width, height);
            string model = BenchmarkModel.Find(arguments.Text("model"), folder);
            Print("before scoring");
            long started = Stopwatch.GetTimestamp();
            using Segmenter segmenter = Segmenter.Load(model, new SegmenterOptions { Tiles = tiles, MaxPixels = long.MaxValue });
            using SegmentationMask mask = segmenter.Predict(path);
            double scoring = Stopwatch.GetElapsedTime(started).TotalSeconds;
            mask.Save(Path.Combine(folder, "mask.png"));
            double writing = Stopwatch.GetElapsedTime(started).TotalSeconds - scoring;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{mask.Width}x{mask.Height} in tiles of {tiles.Size}: {scoring:0.0} s, {1e-6 * mask.Width * mask.Height / scoring:0.00} Mpixel/s; mask written in {writing:0.0} s"));
            Print("peak");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(string when)
    {
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak resident memory, {when}: {self.PeakWorkingSet64 / 1048576.0:0} MiB"));
    }

    // One scene, repeated.
    private static string Write(string path, int width, int height)
    {
        using RgbaImage scene = DrawnData.Paint(1, 1250, 1250);
        using FileStream file = File.Create(path);
        file.Write(PngHeader.Signature);
        Span<byte> header = stackalloc byte[13];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header, width);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, (byte)PngKind.Rgb);
        header[10..].Clear();
        PngDataWriter.WriteChunk(file, "IHDR"u8, header);
        using (var data = new PngDataWriter(file))
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest))
        {
            byte[] row = new byte[1 + 3 * width];
            for (int y = 0; y < height; y++)
            {
                Span<byte> from = scene.Row(y % scene.Height);
                for (int x = 0; x < width; x++)
                {
                    from.Slice(4 * (x % scene.Width), 3).CopyTo(row.AsSpan(1 + 3 * x));
                }
                zlib.Write(row);
            }
        }
        PngDataWriter.WriteChunk(file, "IEND"u8, []);
        return path;
    }
}
