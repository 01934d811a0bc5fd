using System.Text.Json;
using SegML.Files;
using SegML.Scoring;
using SegML.Serving.Endpoints;
using SegML.Training.Models;

namespace SegML.Cli.Serving;

/// <summary>The page as a folder of files that scores in the browser: it can be put on any web server, which gets no photo.</summary>
internal static class WebFolder
{
    /// <summary>Writes the folder.</summary>
    /// <param name="folder">The folder, created when missing.</param>
    /// <param name="models">Names and ONNX files; each is written with its pre- and postprocessing inside.</param>
    /// <param name="runtime">As in <see cref="WebRuntime.CopyTo"/>.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="SegMLException">A model cannot run in a browser, or onnxruntime-web cannot be had.</exception>
    public static void Write(string folder, IReadOnlyList<(string Name, string Path)> models, string? runtime, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        bool gpu = WebRuntime.CopyTo(Path.Combine(folder, "ort"), runtime);
        var listed = new List<object>();
        foreach ((string name, string path) in models)
        {
            string file = $"models/{name}.onnx", target = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            ModelInfo info = ModelInfo.Read(path);
            if (info.SelfContained is { Layout: PixelLayout.Interleaved, Width: null })
            {
                File.Copy(path, target, overwrite: true);
            }
            else if (info.SelfContained is not null)
            {
                throw new ModelFormatException(path, "is self-contained for one size or for planes", "name the model that it was made from");
            }
            else
            {
                ModelConversion.Convert(path, target, new ModelConversionOptions { SelfContained = new SelfContained() }, progress, cancellation);
            }
            listed.Add(new
            {
                name,
                file,
                isDefault = listed.Count == 0,
                classes = info.Classes.Classes.Select(c => new { c.Id, c.Name, color = c.Color.ToString() }),
                overlap = info.Classes.IsMultiLabel,
                ignore = info.Classes.IgnoreIndex,
                outputs = (string[])["mask"],
            });
        }
        foreach ((string path, byte[] content) in PageFiles.All)
        {
            AtomicFile.Write(Path.Combine(folder, path), stream => stream.Write(content));
        }
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new { browser = true, gpu, models = listed }, JsonSerializerOptions.Web));
    }
}
