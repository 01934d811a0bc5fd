using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Fixes a model to one input size, and computes beforehand whatever follows from it: shapes, the sizes of resizing, constants. For runtimes that take no
/// dynamic shapes, such as OpenCV's DNN module. ONNX Runtime's own basic optimisations do the computing; their result is in the standard's operators.
/// </summary>
public static class OnnxFixedSize
{
    /// <summary>Rewrites a model and compares the two in ONNX Runtime.</summary>
    /// <param name="sourcePath">A model with one input of four axes.</param>
    /// <param name="path">The model file to write. A file of that name is replaced, but only by a proven one.</param>
    /// <param name="shape">The input's shape: [N, C, H, W].</param>
    /// <param name="metadata">Replaces keys of its metadata, or adds them.</param>
    /// <returns>The largest difference between the outputs of both, for an input of noise.</returns>
    /// <exception cref="OnnxExportException">The source cannot be fixed to that shape, or the result does not agree with it. No file is left.</exception>
    public static double Rewrite(string sourcePath, string path, IReadOnlyList<long> shape, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(metadata);
        return ModelBoundary.Cross(sourcePath, () => Rewritten(sourcePath, path, shape, metadata));
    }

    private static double Rewritten(string sourcePath, string path, IReadOnlyList<long> shape, IReadOnlyDictionary<string, string> metadata)
    {
        ModelProto model = ModelFile.ReadWhole(sourcePath);
        string folder = Directory.CreateTempSubdirectory("segml-").FullName;
        try
        {
            string given = Path.Combine(folder, "given.onnx"), folded = Path.Combine(folder, "folded.onnx");
            Fix(model.Graph, shape, sourcePath);
            // Without a checksum, which would be copied into what is made of it.
            using (FileStream stream = File.Create(given))
            {
                model.WriteTo(stream);
            }
            Optimise(given, folded, sourcePath);
            ModelProto result = ModelFile.ReadWhole(folded);
            Tidy(result, model, metadata);
            double difference = 0;
            ModelFile.Write(path, result, temporary => difference = Compare(given, temporary, shape, path));
            return difference;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Fix(GraphProto graph, IReadOnlyList<long> shape, string sourcePath)
    {
        HashSet<string> constants = [.. graph.Initializer.Select(i => i.Name)];
        ValueInfoProto[] inputs = [.. graph.Input.Where(i => !constants.Contains(i.Name))];
        if (inputs is not [{ Type.TensorType.Shape: { } declared }] || declared.Dim.Count != shape.Count
            || declared.Dim.Where((d, i) => d.DimValue > 0 && d.DimValue != shape[i]).Any())
        {
            throw new OnnxExportException(sourcePath, $"does not take an input of [{string.Join(", ", shape)}]", "choose the size that it takes");
        }
        declared.Dim.Clear();
        declared.Dim.AddRange(shape.Select(s => new TensorShapeProto.Types.Dimension { DimValue = s }));
        // They were of any size; what they are now, ONNX Runtime works out.
        graph.ValueInfo.Clear();
        foreach (ValueInfoProto output in graph.Output)
        {
            output.Type.TensorType.Shape = null;
        }
    }

    private static void Optimise(string from, string to, string sourcePath)
    {
        try
        {
            using var options = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC,
                OptimizedModelFilePath = to,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            using var session = new InferenceSession(from, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxExportException(sourcePath, $"cannot be fixed to that size ({e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')})", "choose a size that the network takes", e);
        }
    }

    // ONNX Runtime imports all sets of operators that it knows, and other runtimes refuse sets that they do not.
    private static void Tidy(ModelProto result, ModelProto source, IReadOnlyDictionary<string, string> metadata)
    {
        HashSet<string> used = [.. result.Graph.Node.Select(n => n.Domain == "ai.onnx" ? "" : n.Domain)];
        OperatorSetIdProto[] imports = [.. result.OpsetImport.Where(o => used.Contains(o.Domain == "ai.onnx" ? "" : o.Domain))];
        result.OpsetImport.Clear();
        result.OpsetImport.AddRange(imports);
        result.IrVersion = source.IrVersion;
        result.MetadataProps.Clear();
        result.MetadataProps.AddRange(source.MetadataProps.Where(p => !metadata.ContainsKey(p.Key)));
        result.MetadataProps.AddRange(metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
    }

    private static double Compare(string source, string fixedPath, IReadOnlyList<long> shape, string path)
    {
        float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        var random = new Random(1);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() * 4 - 2;
        }
        float[] expected = Run(source), found = Run(fixedPath);
        double range = expected.Max(Math.Abs), difference = expected.Zip(found, (a, b) => Math.Abs((double)a - b)).DefaultIfEmpty(0).Max();
        return expected.Length == found.Length && difference <= 1e-3 * Math.Max(range, 1e-6) ? difference
            : throw new OnnxExportException(path, $"does not compute what it did before ({difference:0.0e+00} apart, of {range:0.0e+00})", "report it, with the model");

        float[] Run(string file)
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(file, options);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, [.. shape]);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, [session.InputNames[0]], [input], [session.OutputNames[0]]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
    }
}
