using Microsoft.ML.OnnxRuntime;
using SegML.Images;
using SegML.Masks;

namespace SegML.Tests.Onnx.Rewriting;

/// <summary>A self-contained model in bare ONNX Runtime: an image's bytes in, a mask's bytes out.</summary>
internal sealed class RawModel(string path) : IDisposable
{
    private readonly InferenceSession _session = new(path);
    private readonly RunOptions _run = new();

    /// <summary>Scores images of one size as one batch.</summary>
    public byte[][] Predict(bool planar, params RgbaImage[] images)
    {
        int width = images[0].Width, height = images[0].Height, pixels = width * height;
        byte[] bytes = new byte[images.Length * 3 * pixels];
        for (int n = 0; n < images.Length; n++)
        {
            for (int i = 0; i < pixels; i++)
            {
                for (int c = 0; c < 3; c++)
                {
                    bytes[n * 3 * pixels + (planar ? c * pixels + i : i * 3 + c)] = images[n].Pixels[4 * i + c];
                }
            }
        }
        long[] shape = planar ? [images.Length, 3, height, width] : [images.Length, height, width, 3];
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(bytes, shape);
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, ["image"], [input], ["mask"]);
        CollectionAssert.AreEqual(new long[] { images.Length, height, width }, outputs[0].GetTensorTypeAndShape().Shape);
        byte[] masks = outputs[0].GetTensorDataAsSpan<byte>().ToArray();
        return [.. masks.Chunk(pixels)];
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    /// <summary>The share of pixels with the same class.</summary>
    public static double Agreement(SegmentationMask ours, ReadOnlySpan<byte> theirs)
    {
        Assert.AreEqual(ours.Ids.Length, theirs.Length);
        int same = 0;
        for (int i = 0; i < theirs.Length; i++)
        {
            same += ours.Ids[i] == theirs[i] ? 1 : 0;
        }
        return (double)same / theirs.Length;
    }
}
