using System.Globalization;

namespace SegML.Cli.Prediction;

/// <summary>What the files of a video's frames are called, so that frames and their masks have one name.</summary>
internal static class FrameName
{
    /// <summary>drive_000123 of drive.mp4: the index in the video, from 0.</summary>
    public static string Of(string video, long index) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(video)}_{index:000000}");
}
