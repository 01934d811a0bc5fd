namespace SegML.Cli.Quickstart;

/// <summary>The commands that do on one's own data what the quickstart did on its scenes.</summary>
public static class QuickstartCommands
{
    /// <summary>In the order of use.</summary>
    public static IReadOnlyList<(string Purpose, string Command)> ForOwnData { get; } =
    [
        ("Turn annotations into masks, once for each split", "segml data masks data/train/annotations --pipeline pipeline.json --out data/train/masks"),
        ("Train", "segml train pipeline.json --out run"),
        ("Export to ONNX; nothing is written if the file does not compute what the network does", "segml export run --out model.onnx"),
        ("Measure", "segml evaluate model.onnx pipeline.json --split test"),
        ("Use", "segml predict model.onnx photos --out predictions"),
    ];
}
