using System.Globalization;
using SegML.Cli.Prediction;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Cli.Adoption;

/// <summary>Tries an adopted model on images: what it sees in each, an overlay, and what shows that the description is wrong.</summary>
internal static class AdoptionTrial
{
    private const int Shown = 4;

    /// <summary>Scores the images and writes their overlays.</summary>
    /// <exception cref="ImageFormatException">One cannot be read.</exception>
    public static void Run(string model, string[] inputs, string overlays)
    {
        IReadOnlyList<string> images = PredictInputs.List(inputs, overlays).Images;
        using Segmenter segmenter = Segmenter.Load(model, new SegmenterOptions { Device = ComputeDevice.Cpu });
        var seen = new HashSet<byte>();
        (float least, float greatest) = (0, 1);
        bool isConstant = true;
        foreach (string file in images)
        {
            using RgbaImage image = ImageFile.Read(file);
            using SegmentationMask mask = segmenter.Predict(file, out SegmentationScores scores);
            using (scores)
            {
                foreach (float score in scores.Values)
                {
                    (least, greatest) = (Math.Min(least, score), Math.Max(greatest, score));
                }
            }
            byte[] values = [.. mask.Ids.ToArray().Distinct()];
            isConstant &= values.Length == 1;
            seen.UnionWith(values);
            using RgbaImage picture = Overlay.Draw(image, mask);
            string overlay = PredictInputs.OverlayOf(file, overlays, ".jpg");
            ImageFile.Write(overlay, picture);
            Console.WriteLine($"{overlay}: {Shares(mask)}");
        }
        if (images.Count > 0 && isConstant && seen.Count == 1)
        {
            Console.Error.WriteLine($"segml: every pixel of {images.Count.Of("image")} is \"{NameOf(segmenter.Info.Classes, seen.First())}\": probably its normalisation, the order of its colours, "
                + "or the meaning of its output is another than described");
        }
        if (least < -0.001f || greatest > 1.001f)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"segml: its output is described as probabilities and goes from {least:0.###} to {greatest:0.###}: probably they are logits, or a saliency to be stretched"));
        }
    }

    private static string Shares(SegmentationMask mask)
    {
        var counts = new long[256];
        foreach (byte id in mask.Ids)
        {
            counts[id]++;
        }
        IEnumerable<string> all = Enumerable.Range(0, counts.Length).Where(i => counts[i] > 0).OrderByDescending(i => counts[i]).Take(Shown)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{NameOf(mask.Classes, (byte)i)} {100.0 * counts[i] / mask.Ids.Length:0.#} %"));
        return string.Join(", ", all);
    }

    // Of classes that overlap a mask value is a set.
    private static string NameOf(ClassSet classes, byte id) => !classes.IsMultiLabel ? id < classes.Count ? classes.Names[id] : "ignored"
        : id == 0 ? "none" : string.Join("+", classes.Classes.Where(c => (id >> c.Id & 1) == 1).Select(c => c.Name));
}
