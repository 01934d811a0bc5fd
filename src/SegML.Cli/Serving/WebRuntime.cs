using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace SegML.Cli.Serving;

/// <summary>
/// onnxruntime-web (MIT), the ONNX Runtime that browsers run: 41 MB, of which a browser loads 14, or 27 where it has WebGPU; too much to be carried by everyone who
/// never needs it. It is unpacked from what <c>npm pack</c> fetches, once a version and user, and from then on taken from there; or a file or folder is named.
/// </summary>
internal static class WebRuntime
{
    public const string Version = "1.30.0";

    /// <summary>The files that the page loads where it scores on the processor.</summary>
    public static IReadOnlyList<string> Files { get; } = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

    /// <summary>Those that it loads where the browser has WebGPU. A folder may lack them.</summary>
    public static IReadOnlyList<string> GpuFiles { get; } = ["ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm"];

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    private static string Cache => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "segml", $"onnxruntime-web-{Version}");

    /// <summary>Writes the files into a folder.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="source">onnxruntime-web-VERSION.tgz, or a folder with the files; null: those of an earlier time, or npm's.</param>
    /// <returns>Whether those for WebGPU are among them.</returns>
    /// <exception cref="DatasetException">There are none, and they cannot be had.</exception>
    public static bool CopyTo(string folder, string? source)
    {
        Directory.CreateDirectory(folder);
        if (source is not null && !Directory.Exists(source))
        {
            Unpack(source, folder);
            return Has(folder, GpuFiles);
        }
        if (source is null && !(Has(Cache, Files) && Has(Cache, GpuFiles)))
        {
            Fetch();
        }
        string from = source ?? Cache;
        if (!Has(from, Files))
        {
            throw Missing(from, $"lacks {Files.First(f => !File.Exists(Path.Combine(from, f)))}");
        }
        foreach (string file in Has(from, GpuFiles) ? Files.Concat(GpuFiles) : Files)
        {
            File.Copy(Path.Combine(from, file), Path.Combine(folder, file), overwrite: true);
        }
        return Has(from, GpuFiles);
    }

    private static bool Has(string folder, IReadOnlyList<string> files) => files.All(f => File.Exists(Path.Combine(folder, f)));

    private static void Unpack(string package, string folder)
    {
        if (!File.Exists(package))
        {
            throw Missing(package, "does not exist");
        }
        try
        {
            using FileStream file = File.OpenRead(package);
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(gzip);
            while (tar.GetNextEntry() is { } entry)
            {
                // Of the archive's names only the last part is used: nothing is written elsewhere.
                if (entry.DataStream is not null && entry.Name.Contains("/dist/", StringComparison.Ordinal) && Files.Concat(GpuFiles).Contains(Path.GetFileName(entry.Name)))
                {
                    entry.ExtractToFile(Path.Combine(folder, Path.GetFileName(entry.Name)), overwrite: true);
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Missing(package, "is no package of npm", e);
        }
        if (!Has(folder, Files))
        {
            throw Missing(package, "is no package of onnxruntime-web");
        }
    }

    private static void Fetch()
    {
        string folder = Directory.CreateTempSubdirectory("segml-npm-").FullName;
        try
        {
            Console.Error.WriteLine($"segml: npm fetches onnxruntime-web {Version}, once");
            var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["pack", $"onnxruntime-web@{Version}", "--silent"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process npm = Process.Start(start)!;
            npm.OutputDataReceived += (_, _) => { };
            npm.ErrorDataReceived += (_, _) => { };
            npm.BeginOutputReadLine();
            npm.BeginErrorReadLine();
            if (!npm.WaitForExit(_patience))
            {
                npm.Kill(entireProcessTree: true);
                throw Missing("npm pack", $"did not end in {_patience.TotalMinutes:0} minutes");
            }
            string package = Path.Combine(folder, $"onnxruntime-web-{Version}.tgz");
            if (npm.ExitCode != 0 || !File.Exists(package))
            {
                throw Missing("npm pack", $"could not fetch onnxruntime-web {Version}");
            }
            Directory.CreateDirectory(Cache);
            Unpack(package, Cache);
        }
        catch (Win32Exception e)
        {
            throw Missing("npm", "is not installed", e);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DatasetException Missing(string subject, string fault, Exception? inner = null) => new(subject, fault,
        $"scoring in the browser needs onnxruntime-web {Version}: where npm is, run npm pack onnxruntime-web@{Version}, and name the file with --runtime", inner);
}
