using SegML.Pipelines;

namespace SegML.Cli.Terminal;

/// <summary>The commands that are useful after a finished one, ready to be copied.</summary>
internal static class NextSteps
{
    private const string Photos = "photos/", Results = "results/";

    /// <summary>After a run: export, evaluate, predict.</summary>
    public static IReadOnlyList<string> AfterTraining(string run, Pipeline pipeline)
    {
        string model = Quoted(pipeline.Name + ".onnx");
        return [$"segml export {Quoted(run)} --out {model}", .. Evaluation(model, pipeline.Source, pipeline), $"segml predict {model} {Photos} --out {Results}"];
    }

    /// <summary>After an export: evaluate, predict, make it smaller.</summary>
    /// <param name="source">What was exported: a run's folder, or a model.</param>
    /// <param name="model">The ONNX file.</param>
    /// <param name="segmlOnly">Whether the model needs SegML around it; others are for apps without.</param>
    public static IReadOnlyList<string> AfterExport(string source, string model, bool segmlOnly)
    {
        string file = Quoted(model), info = $"segml model info {file}";
        if (!segmlOnly)
        {
            return [info];
        }
        string run = Path.Combine(source, "pipeline.json");
        if (!File.Exists(run))
        {
            return [$"segml predict {file} {Photos} --out {Results}", info];
        }
        return
        [
            .. Evaluation(file, run, PipelineFile.Read(run)),
            $"segml predict {file} {Photos} --out {Results}",
            $"segml export {file} --out {Quoted(Path.ChangeExtension(model, null) + "-int8.onnx")} --precision int8 --calibrate {Quoted(run)}",
        ];
    }

    /// <summary>After an evaluation: of a run export and report, of a model prediction, and the figures with test-time augmentation.</summary>
    /// <param name="source">What was evaluated: a run's folder, or a model.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="split">The split.</param>
    /// <param name="augmented">Whether test-time augmentation was tried.</param>
    public static IReadOnlyList<string> AfterEvaluation(string source, Pipeline pipeline, string split, bool augmented)
    {
        if (Directory.Exists(source))
        {
            return [$"segml export {Quoted(source)} --out {Quoted(pipeline.Name + ".onnx")}", $"segml runs report {Quoted(source)}"];
        }
        string predict = $"segml predict {Quoted(source)} {Photos} --out {Results}";
        return augmented ? [predict] : [predict, $"segml evaluate {Quoted(source)} {Quoted(pipeline.Source)} --split {split} --flip"];
    }

    /// <summary>Prints them, one a line.</summary>
    public static void Print(IReadOnlyList<string> commands)
    {
        Console.WriteLine("next:");
        foreach (string command in commands)
        {
            Console.WriteLine("  " + command);
        }
    }

    private static string[] Evaluation(string model, string file, Pipeline pipeline)
    {
        string? split = new[] { "test", "val" }.FirstOrDefault(pipeline.Data.SplitNames.Contains);
        return split is null ? [] : [$"segml evaluate {model} {Quoted(file)} --split {split}"];
    }

    /// <summary>A path as a word of a shell's command line, whatever characters it has; never taken for an option.</summary>
    public static string Quoted(string path)
    {
        string word = path.StartsWith('-') ? "./" + path : path;
        if (word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "_-./:@%+=,".Contains(c, StringComparison.Ordinal) || (OperatingSystem.IsWindows() && c == '\\')))
        {
            return word;
        }
        return OperatingSystem.IsWindows() ? $"\"{word}\"" : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
