using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Graphs;
using SegML.Onnx.Verification;

namespace SegML.Onnx.Quantization;

/// <summary>A model in ONNX Runtime on the CPU, run on feeds.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly SessionOptions _options;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = OnnxRuntimeLibrary.New<RunOptions>();
    private readonly string _name;

    /// <param name="model">The model file's content.</param>
    /// <param name="name">What to call the model in errors.</param>
    /// <param name="level">How far ONNX Runtime optimises.</param>
    /// <exception cref="OnnxExportException">ONNX Runtime refuses the model.</exception>
    public OnnxSession(byte[] model, string name, GraphOptimizationLevel level = GraphOptimizationLevel.ORT_ENABLE_ALL)
    {
        _name = name;
        _options = new SessionOptions { GraphOptimizationLevel = level, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            _session = new InferenceSession(model, _options);
        }
        catch (OnnxRuntimeException e)
        {
            Dispose();
            throw OnnxRun.Refused(name, e);
        }
    }

    /// <summary>Runs the model.</summary>
    /// <param name="feed">The model's inputs.</param>
    /// <param name="number">The feed's number, from 1, for errors.</param>
    /// <returns>The outputs in the order of <see cref="OutputNames"/>; they belong to the caller.</returns>
    /// <exception cref="OnnxExportException">The feed does not fit the model.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyDictionary<string, OrtValue> feed, int number)
    {
        Check(feed, number);
        try
        {
            return _session.Run(_run, feed, _session.OutputNames);
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxExportException($"feed {number}", $"cannot be run by {_name} ({e.Message.TrimEnd('.')})", "give inputs of shapes that the model takes", e);
        }
    }

    public IReadOnlyList<string> OutputNames => _session.OutputNames;

    public void Dispose()
    {
        _session?.Dispose();
        _options.Dispose();
        _run.Dispose();
    }

    private void Check(IReadOnlyDictionary<string, OrtValue> feed, int number)
    {
        foreach ((string name, NodeMetadata wanted) in _session.InputMetadata)
        {
            if (!feed.TryGetValue(name, out OrtValue? value))
            {
                throw Wrong(name, $"has no input \"{name}\"");
            }
            OrtTensorTypeAndShapeInfo given = value.GetTensorTypeAndShape();
            if (given.ElementDataType != wanted.ElementDataType || given.Shape.Length != wanted.Dimensions.Length
                || given.Shape.Zip(wanted.Dimensions).Any(d => d.Second >= 0 && d.First != d.Second))
            {
                throw Wrong(name, $"has \"{name}\" as {given.ElementDataType} [{string.Join(", ", given.Shape)}]");
            }
        }

        OnnxExportException Wrong(string input, string fault) => new($"feed {number}", fault,
            $"{_name} takes {_session.InputMetadata[input].ElementDataType} [{string.Join(", ", _session.InputMetadata[input].Dimensions.Select(d => d < 0 ? "any" : $"{d}"))}]");
    }
}
