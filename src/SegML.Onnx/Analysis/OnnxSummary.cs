using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis;

/// <summary>What a model costs at one input size, and its graph with the nodes of a module folded into one block.</summary>
public sealed record OnnxSummary
{
    private const int MostMeasured = 10_000;

    /// <summary>
    /// Whether the model was run for the shapes of its values: not with more than 10,000 nodes, because each would be an output. Then
    /// <see cref="Macs"/> and <see cref="PeakActivationBytes"/> are 0 and edges have no shapes.
    /// </summary>
    public required bool IsMeasured { get; init; }

    /// <summary>The number of values in the model's constants, those left out that only say shapes and positions (integers of 64 bits).</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiplications with addition in convolutions, matrix products and recurrences. Other operators count as none.</summary>
    public required long Macs { get; init; }

    /// <summary>
    /// The most memory that values between nodes take at one time, in bytes, when nodes run in the file's order, each value is freed after
    /// its last reader and reshapes take none. A runtime that fuses nodes needs less, one that keeps buffers more.
    /// </summary>
    public required long PeakActivationBytes { get; init; }

    /// <summary>The graph's inputs, its blocks in the order they run, and its outputs.</summary>
    public required IReadOnlyList<OnnxBlock> Blocks { get; init; }

    /// <summary>Which block reads what another one computes.</summary>
    public required IReadOnlyList<OnnxEdge> Edges { get; init; }

    /// <summary>Reads a model. It is run once on zeros to learn the shape of every value.</summary>
    /// <param name="modelPath">The model.</param>
    /// <param name="sizes">Sizes for the input dimensions that vary, by name: H, W. Null, or those not named: 1 for the first dimension of an
    /// input, 224 for others.</param>
    /// <param name="maxBlocks">Modules are opened as long as the picture has no more blocks than this. 40 by default.</param>
    /// <exception cref="OnnxExportException">The file is no model, or ONNX Runtime cannot run it at that size.</exception>
    public static OnnxSummary Read(string modelPath, IReadOnlyDictionary<string, long>? sizes = null, int maxBlocks = 40)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBlocks, 1);
        return ModelBoundary.Cross(modelPath, () => Of(ModelFile.Read(modelPath), modelPath, sizes ?? new Dictionary<string, long>(), maxBlocks));
    }

    private static OnnxSummary Of(ModelProto model, string modelPath, IReadOnlyDictionary<string, long> sizes, int maxBlocks)
    {
        bool measured = model.Graph.Node.Count <= MostMeasured;
        ValueShapes shapes = measured ? ValueShapes.Measure(model, modelPath, sizes) : ValueShapes.OfConstants(model);
        (IReadOnlyList<OnnxBlock> blocks, IReadOnlyList<OnnxEdge> edges) = new BlockFolder(model.Graph, shapes).Fold(maxBlocks);
        return new OnnxSummary
        {
            IsMeasured = measured,
            Parameters = blocks.Sum(b => b.Parameters),
            Macs = blocks.Sum(b => b.Macs),
            PeakActivationBytes = ActivationMemory.Peak(model.Graph, shapes),
            Blocks = blocks,
            Edges = edges,
        };
    }

    /// <summary>Draws the graph: blocks from top to bottom, connections that skip blocks at their right.</summary>
    /// <returns>An SVG document.</returns>
    public string ToSvg() => new GraphPicture(this).Draw();
}

/// <summary>What a block of a graph is.</summary>
public enum OnnxBlockKind
{
    /// <summary>An input of the graph.</summary>
    Input,

    /// <summary>The nodes of a module, as they run without another between.</summary>
    Module,

    /// <summary>An output of the graph.</summary>
    Output,
}

/// <summary>A block of a graph.</summary>
/// <param name="Name">The module's path, or the name of the input or output.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Operators">The operators in it, each once, in order.</param>
/// <param name="Parameters">The number of values in the constants that it is the first to read.</param>
/// <param name="Macs">Its multiplications with addition.</param>
public sealed record OnnxBlock(string Name, OnnxBlockKind Kind, IReadOnlyList<string> Operators, long Parameters, long Macs);

/// <summary>A value that one block hands to another.</summary>
/// <param name="From">The index of the block that computes it.</param>
/// <param name="To">The index of the block that reads it.</param>
/// <param name="Shape">The value's shape.</param>
public sealed record OnnxEdge(int From, int To, IReadOnlyList<long> Shape);
