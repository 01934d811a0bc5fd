using System.Globalization;

namespace SegML.Training.Runs;

/// <summary>Where a run keeps what its network made of a few validation samples: samples/1/image.jpg, truth.jpg, epoch-0010.jpg.</summary>
internal static class SampleFiles
{
    /// <summary>The greatest number of samples.</summary>
    public const int Most = 4;

    /// <summary>The predictions of an epoch.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="epoch">From 1.</param>
    /// <returns>The sample's number from 1, and the path of the picture.</returns>
    public static IEnumerable<(int Sample, string Path)> Of(string folder, int epoch) =>
        Enumerable.Range(1, Most).Select(sample => (sample, Path(folder, sample, NameOf(epoch)))).Where(s => File.Exists(s.Item2));

    /// <summary>The path of a sample's picture.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="sample">The sample's number from 1.</param>
    /// <param name="name">image, truth, or the name of an epoch.</param>
    public static string Path(string folder, int sample, string name) =>
        System.IO.Path.Combine(RunFolder.Samples(folder), sample.ToString(CultureInfo.InvariantCulture), name + ".jpg");

    /// <summary>The name of an epoch's pictures: epoch-0010.</summary>
    public static string NameOf(int epoch) => string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch:0000}");
}
