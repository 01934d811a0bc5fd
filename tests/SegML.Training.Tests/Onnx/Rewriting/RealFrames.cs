using SegML.Images;

namespace SegML.Tests.Onnx.Rewriting;

/// <summary>Frames of CamVid's validation split, where it is beside the checkout; the test is skipped where not.</summary>
internal static class RealFrames
{
    public static IEnumerable<RgbaImage> Read(int count) => Paths(count).Select(p => ImageFile.Read(p));

    public static string[] Paths(int count)
    {
        if (Repository.CamVid is not { } data)
        {
            Assert.Inconclusive("skipped: CamVid is not beside the checkout");
            return [];
        }
        string[] frames = [.. Directory.EnumerateFiles(Path.Combine(data, "val")).Order(StringComparer.Ordinal)];
        return [.. Enumerable.Range(0, count).Select(i => frames[i * frames.Length / count])];
    }
}
