using System.Globalization;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Scoring;

namespace SegML.Cli.Reports;

/// <summary>What a model costs to run: parameters, multiply-adds, memory.</summary>
internal static class ModelCosts
{
    /// <summary>What a model costs at an image size.</summary>
    public static OnnxSummary Read(string path, int width, int height, int blocks = 40)
    {
        try
        {
            return OnnxSummary.Read(path, new Dictionary<string, long> { ["H"] = height, ["W"] = width }, blocks);
        }
        catch (OnnxExportException e)
        {
            throw new ModelFormatException(e.Subject, e.Fault, e.Fix, e);
        }
    }

    /// <summary>The costs as one line: <c>1.32 M parameters, 1.57 G multiply-adds and 34.2 MB of activations at 480x360</c>.</summary>
    public static string Text(OnnxSummary summary, int width, int height) => !summary.IsMeasured ? string.Create(CultureInfo.InvariantCulture,
        $"{summary.Parameters / 1e6:0.00} M parameters; more are not computed for more than 10,000 nodes") : string.Create(CultureInfo.InvariantCulture,
        $"{summary.Parameters / 1e6:0.00} M parameters; at {width}x{height} {summary.Macs / 1e9:0.00} G multiply-adds and {summary.PeakActivationBytes / 1e6:0.0} MB of activations");
}
