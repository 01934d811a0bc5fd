using System.Buffers;
using SkiaSharp;

namespace SegML.Images;

/// <summary>
/// A JPEG decoded row by row. The encoded file is held whole, to see that it is complete before anything is made of it; a
/// progressive one is besides held by the decoder, at some 3 bytes a pixel.
/// </summary>
internal sealed unsafe class JpegRows : ImageRows
{
    private readonly ImageReadOptions _options;
    private readonly EncodedFile _file;
    private readonly SKData _data;
    private readonly SKCodec _codec;
    private MemoryHandle _pin;

    private JpegRows(string path, ImageReadOptions options, EncodedFile file, MemoryHandle pin, SKData data, SKCodec codec)
        : base(path, codec.Info.Width, codec.Info.Height)
    {
        _options = options;
        _file = file;
        _pin = pin;
        _data = data;
        _codec = codec;
    }

    /// <summary>Opens a file; null where it is none that can be read this way.</summary>
    /// <exception cref="ImageFormatException">The file is missing, empty, unreadable, truncated or too large.</exception>
    public static JpegRows? TryOpen(string path, ImageReadOptions options)
    {
        EncodedFile file = EncodedFile.Read(path, ImageFile.Fault);
        MemoryHandle pin = file.Array.AsMemory().Pin();
        SKData data = SkiaDecoder.Data((nint)pin.Pointer, file.Length);
        SKCodec? codec = SKCodec.Create(data);
        JpegRows? rows = null;
        try
        {
            if (codec is { EncodedFormat: SKEncodedImageFormat.Jpeg, EncodedOrigin: SKEncodedOrigin.TopLeft })
            {
                SkiaDecoder.CheckSize(codec.Info.Width, codec.Info.Height, path, options.MaxPixels);
                SkiaDecoder.CheckComplete(file.Bytes, codec.EncodedFormat, path, options);
                var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
                if (codec.StartScanlineDecode(info) == SKCodecResult.Success)
                {
                    rows = new JpegRows(path, options, file, pin, data, codec);
                }
            }
            return rows;
        }
        finally
        {
            if (rows is null)
            {
                codec?.Dispose();
                data.Dispose();
                pin.Dispose();
                file.Dispose();
            }
        }
    }

    protected override void ReadRows(Span<byte> rows)
    {
        int count = rows.Length / (4 * Width);
        fixed (byte* to = rows)
        {
            if (_codec.GetScanlines((nint)to, count, 4 * Width) != count)
            {
                throw SkiaDecoder.Truncated(Name);
            }
        }
    }

    public override ImageRows Reopen() => Open(Name, _options);

    public override void Dispose()
    {
        _codec.Dispose();
        _data.Dispose();
        _pin.Dispose();
        _file.Dispose();
    }
}
