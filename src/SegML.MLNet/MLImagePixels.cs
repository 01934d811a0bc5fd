using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Data;
using SegML.Images;

namespace SegML.MLNet;

/// <summary>Reads and makes ML.NET's images.</summary>
internal static class MLImagePixels
{
    /// <summary>Copies an image's pixels, whichever of its two channel orders it has. The image itself is left as it is.</summary>
    public static RgbaImage ToRgba(MLImage image)
    {
        var copy = new RgbaImage(image.Width, image.Height);
        ReadOnlySpan<byte> pixels = image.Pixels;
        if (image.PixelFormat == MLPixelFormat.Rgba32)
        {
            pixels.CopyTo(copy.Pixels);
        }
        else
        {
            SwapRedAndBlue(MemoryMarshal.Cast<byte, uint>(pixels), MemoryMarshal.Cast<byte, uint>(copy.Pixels));
        }
        return copy;
    }

    /// <summary>ML.NET's image of a copy of an image's pixels.</summary>
    public static MLImage FromRgba(RgbaImage image) => MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Rgba32, image.Pixels);

    private static void SwapRedAndBlue(ReadOnlySpan<uint> bgra, Span<uint> rgba)
    {
        ref uint from = ref MemoryMarshal.GetReference(bgra);
        ref uint to = ref MemoryMarshal.GetReference(rgba);
        int i = 0, step = Vector256<uint>.Count;
        for (; i <= rgba.Length - step; i += step)
        {
            Vector256<uint> v = Vector256.LoadUnsafe(ref from, (nuint)i);
            ((v & Vector256.Create(0xFF00FF00)) | ((v >>> 16) & Vector256.Create(0xFFu)) | ((v & Vector256.Create(0xFFu)) << 16))
                .StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < rgba.Length; i++)
        {
            uint v = bgra[i];
            rgba[i] = (v & 0xFF00FF00) | ((v >>> 16) & 0xFF) | ((v & 0xFF) << 16);
        }
    }
}
