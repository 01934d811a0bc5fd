using SegML.Drawing;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Data;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>
/// What the network makes of a few validation samples while it learns: samples/1/image.jpg, truth.jpg, epoch-0010.jpg ..., at the size
/// that the network sees.
/// </summary>
internal sealed class SamplePredictions(string folder, SampleSource samples, InputOptions input, ClassSet classes, Device device)
{
    private const int Quality = 90;
    private static readonly OverlayOptions Look = new() { Opacity = 0.6, Legend = false };

    /// <summary>Draws the epoch's predictions, and the first time the images and the truth.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="epoch">From 1.</param>
    public void Write(SegmentationNetwork network, int epoch)
    {
        int count = Math.Min(SampleFiles.Most, samples.Count);
        for (int i = 1; i <= count; i++)
        {
            // Spread over the split: neighbours are often alike.
            (NetworkImage read, SegmentationMask mask) = samples.Read((int)((long)(i - 1) * samples.Count / count), input);
            using (read)
            {
                using RgbaImage image = read.Pixels.ToRgba();
                Picture(i, "image", image);
                Overlaid(i, "truth", image, mask.Resize(image.Width, image.Height));
                Overlaid(i, SampleFiles.NameOf(epoch), image, ModelEvaluation.Predict(network, NetworkImage.Exactly(read.Pixels, read.Statistics), input, classes, device));
            }
        }
    }

    private void Overlaid(int sample, string name, RgbaImage image, SegmentationMask mask)
    {
        using RgbaImage drawn = Overlay.Draw(image, mask, Look);
        Picture(sample, name, drawn);
    }

    private void Picture(int sample, string name, RgbaImage image)
    {
        byte[] jpeg = ImageFile.EncodeJpeg(image, Quality);
        AtomicFile.Write(SampleFiles.Path(folder, sample, name), stream => stream.Write(jpeg));
    }
}
