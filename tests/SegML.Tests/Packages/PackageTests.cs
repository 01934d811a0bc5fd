using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Packages;

/// <summary>
/// SegML as its users get it: packages from a folder, in apps outside of this repository. The apps are README's own examples.
/// </summary>
[TestClass]
public sealed class PackageTests
{
    private static PackageFeed _feed = null!;
    private static TemporaryFolder _work = null!;

    [ClassInitialize]
    public static void PackAndBuild(TestContext _)
    {
        _feed = PackageFeed.Pack();
        _work = new TemporaryFolder();
        ReadmeCode readme = new("README.md"), mlnet = new("src/SegML.MLNet/README.md"), onnx = new("src/SegML.Onnx/README.md");
        _feed.Project("Score", readme.Usings.Split("using SegML;")[0] + readme["score"] + readme["rows"], "SegML.MLNet");
        _feed.Project("Load", $"{readme.Usings.Split("using SegML;")[0]}var ml = new MLContext();\n{readme["load"]}Console.WriteLine(mask.Width);\n{readme["rows"]}", "SegML.MLNet");
        _feed.Project("Train", readme.Usings + "\n" + readme["train"] + readme["load"] + mlnet["folds"] + readme["rows"],
            "SegML.Training", $"{PackageFeed.Libtorch} 2.10.0");
        _feed.Project("Examples", mlnet.Usings + "\n" + Methods(mlnet, "colors", "chain", "stock") + readme["rows"],
            "SegML.Training", "SegML.ImageSharp", "Microsoft.ML.OnnxTransformer 5.0.1");
        _feed.Project("Web", new ReadmeCode("src/SegML.Serving/README.md")["serve"], "SegML.Serving");
        _feed.Project("Export", $$"""
            {{onnx.Usings}}
            using var module = new Residual();
            {{onnx["export"]}}
            Tensor[] images = [.. Enumerable.Range(0, 4).Select(_ => rand(1, 3, 64, 96))];
            {{onnx["parity"]}}{{onnx["half"]}}{{onnx["quantize"]}}{{onnx["image"]}}{{onnx["weights"]}}{{onnx["summary"]}}
            {{onnx["module"]}}
            """, "TorchSharp 0.107.0", $"{PackageFeed.Libtorch} 2.10.0", "SegML.Onnx");
        // An app that forgot libtorch.
        _feed.Project("Bare", """
            using SegML;
            using SegML.Images;
            using SegML.Pipelines;
            using SegML.Scoring;
            using SegML.Training.Networks;

            try
            {
                using IDisposable made = args[0] switch
                {
                    "train" => NetworkCatalog.Create(new NetworkOptions { Name = "fcn-light" }, classes: 2),
                    "score" => Segmenter.Load("camvid.onnx"),
                    _ => ImageFile.Read("photo.jpg"),
                };
                Console.WriteLine("works");
            }
            catch (NativeLibraryException e)
            {
                Console.WriteLine($"{e.Message}\n{e.Package} {e.Version}");
            }
            """, "SegML.Training");
        _feed.Build();

        File.WriteAllBytes(_work.File("camvid.onnx"), TinyModel.Create());
        File.WriteAllBytes(_work.File("street.onnx"), TinyModel.Create());
        File.WriteAllText(_work.File("street.json"), """{ "name": "street", "classes": [ { "id": 0, "name": "sky" }, { "id": 1, "name": "road" } ] }""");
        using RgbaImage image = TestImages.Gradient(64, 48);
        using var mask = new SegmentationMask(64, 48, PipelineFile.Read(_work.File("street.json")).Classes);
        mask.Ids[(64 * 24)..].Fill(1);
        ImageFile.Write(_work.File("photo.jpg"), image);
        foreach (string split in (string[])["train", "test"])
        {
            for (int i = 0; i < 6; i++)
            {
                ImageFile.Write(_work.File($"{split}/images/{i}.png"), image);
                MaskFile.Write(_work.File($"{split}/masks/{i}.png"), mask);
            }
        }
    }

    [ClassCleanup]
    public static void CleanUp()
    {
        _feed.Dispose();
        _work.Dispose();
    }

    // Compiled, not run: ReadmeTests runs them.
    private static string Methods(ReadmeCode page, params string[] examples) =>
        $"{string.Join("\n", examples.Select(e => $"{e}();"))}\n{string.Join("\n", examples.Select(e => $"static void {e}()\n{{\n{page[e]}}}\n"))}";

    [TestMethod]
    [DataRow("SegML")]
    [DataRow("SegML.MLNet")]
    [DataRow("SegML.Onnx")]
    [DataRow("SegML.Training")]
    [DataRow("SegML.ImageSharp")]
    [DataRow("SegML.Serving")]
    [DataRow("SegML.Cluster")]
    public void APackageSaysWhatItIs(string id)
    {
        XElement about = _feed.Metadata(id);
        foreach (string part in (string[])["authors", "icon", "readme", "license", "projectUrl", "description", "releaseNotes", "tags", "repository"])
        {
            Assert.IsNotNull(about.Element(part), $"{id} has no {part}");
        }
        string[] entries = _feed.Entries(id);
        foreach (string entry in (string[])["README.md", "icon.png", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"])
        {
            Assert.Contains(entry, entries);
        }
        Assert.Contains($"lib/net10.0/{id}.pdb", _feed.Entries(id, "snupkg"));
        // A page of packages shows no files beside: links lead to the repository.
        MatchCollection links = Regex.Matches(_feed.Text(id, "README.md"), @"\]\((?!https://|#)([^)]*)\)");
        Assert.IsEmpty(links, $"{id}'s README links to {string.Join(", ", links.Select(l => l.Groups[1].Value))}");
    }

    [TestMethod]
    [DataRow("SegML", "T:SegML.Scoring.Segmenter", "M:SegML.Scoring.Segmenter.Dispose", "T:SegML.Scoring.SessionFactory")]
    [DataRow("SegML.MLNet", "T:SegML.MLNet.ApplySegmentationModelTransformer", "T:Microsoft.ML.SegmentationTransformsCatalog", "T:SegML.MLNet.SharedSegmenter")]
    public void APackageDocumentsWhatItsUsersCanCall(string id, string type, string another, string ofItsOwn)
    {
        string docs = _feed.Text(id, $"lib/net10.0/{id}.xml");
        Assert.Contains($"<member name=\"{type}\">", docs);
        Assert.Contains($"<member name=\"{another}\">", docs);
        Assert.DoesNotContain(ofItsOwn, docs.Split("<members>")[1].Replace($"cref=\"{ofItsOwn}", ""));
    }

    [TestMethod]
    [DataRow("SegML", "Google.Protobuf", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "SkiaSharp [2.88.9, 3.0.0)", "SkiaSharp.NativeAssets.Linux.NoDependencies [2.88.9, 3.0.0)", "System.IO.Hashing")]
    [DataRow("SegML.MLNet", "SegML", "Microsoft.ML [5.0.1, 6.0.0)", "Microsoft.ML.ImageAnalytics [5.0.1, 6.0.0)", "Microsoft.ML.OnnxTransformer")]
    [DataRow("SegML.Onnx", "Google.Protobuf", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "System.IO.Hashing", "TorchSharp")]
    [DataRow("SegML.Training", "SegML.MLNet", "SegML.Onnx", "Google.Protobuf", "OxyPlot.SkiaSharp", "SkiaSharp.HarfBuzz [2.88.9, 3.0.0)", "TorchSharp")]
    [DataRow("SegML.Serving", "SegML.MLNet", "Microsoft.AspNetCore.OpenApi")]
    [DataRow("SegML.ImageSharp", "SegML.MLNet", "BitMiracle.LibTiff.NET", "SixLabors.ImageSharp [2.1.13, 3.0.0)")]
    [DataRow("SegML.Cluster", "SegML", "Hangfire.Core", "Hangfire.InMemory", "Hangfire.PostgreSql", "Hangfire.Storage.SQLite", "Microsoft.Extensions.DependencyInjection.Abstractions", "Npgsql", "sqlite-net-pcl", "SourceGear.sqlite3")]
    public void APackageAsksForWhatItUsesAndNothingElse(string id, params string[] expected)
    {
        string[] asked = [.. _feed.Metadata(id).Descendants("dependency").Select(d =>
        {
            string name = d.Attribute("id")!.Value, version = d.Attribute("version")!.Value;
            // Internals are shared between packages of one version.
            if (name.StartsWith("SegML", StringComparison.Ordinal))
            {
                Assert.AreEqual($"[{PackageFeed.Version}]", version);
            }
            return version.Contains(',') ? $"{name} {version}" : name;
        })];
        CollectionAssert.AreEquivalent(expected, asked);
    }

    [TestMethod]
    public void AConsoleAppScoresWithTheTenLinesOfTheReadme() =>
        Assert.StartsWith("64x48, top left is ", _feed.Run("Score", _work.Path));

    [TestMethod]
    public void WhatOneAppTrainsAndSavesAnotherLoadsWithTheScoringPackageAlone()
    {
        Assert.Contains("mean IoU", _feed.Run("Train", _work.Path));
        Assert.AreEqual("64", _feed.Run("Load", _work.Path).Trim());
        Assert.IsFalse(File.Exists(_feed.Output("Load", "TorchSharp.dll")));
    }

    [TestMethod]
    public void ATorchSharpAppExports() => Assert.Contains("all agree", _feed.Run("Export", _work.Path));

    [TestMethod]
    public void AnAppWithoutANativeLibraryIsToldThePackageToAdd()
    {
        Told("train", "libtorch's", PackageFeed.Libtorch, "2.10.0");
        Assert.IsFalse(Directory.Exists(_feed.Output("Bare", "cpu")), "TorchSharp went looking in NuGet's cache");

        Assert.AreEqual("works", _feed.Run("Bare", _work.Path, "score").Trim());
        Remove("onnxruntime");
        Told("score", "ONNX Runtime's", "Microsoft.ML.OnnxRuntime", "1.31.1");

        Assert.AreEqual("works", _feed.Run("Bare", _work.Path, "image").Trim());
        Remove("libSkiaSharp");
        Told("image", "Skia's", "SkiaSharp.NativeAssets.Linux.NoDependencies", "2.88.9");

        static void Told(string what, string library, string package, string version)
        {
            string[] lines = _feed.Run("Bare", _work.Path, what).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.HasCount(2, lines, string.Join('\n', lines));
            Assert.StartsWith($"{library} native library cannot be loaded on ", lines[0]);
            Assert.EndsWith($"add it to the app: dotnet add package {package} --version {version}", lines[0]);
            Assert.AreEqual($"{package} {version}", lines[1]);
        }

        static void Remove(string library)
        {
            foreach (string file in Directory.EnumerateFiles(_feed.Output("Bare", "runtimes"), $"*{library}.*", SearchOption.AllDirectories))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>The package for systems that have none of their own: everything but training.</summary>
    [TestMethod]
    public void TheToolInstalledFromAFolderScoresAndSaysWhatTrainingLacks()
    {
        RequireTime();
        string segml = _feed.InstallTool("any");
        (int code, string output, string error) = Dotnet.Start(segml, _work.Path, "predict", "camvid.onnx", "photo.jpg", "--out", "results");
        Assert.AreEqual(0, code, output + error);
        Assert.IsNotEmpty(Directory.GetFiles(_work.File("results")));

        (code, output, error) = Dotnet.Start(segml, _work.Path, "quickstart", "--out", "quick");
        Assert.AreEqual(2, code, output + error);
        Assert.Contains($"segml: libtorch's native library cannot be loaded on ", error);
        Assert.DoesNotContain("LoadNativeBackend", output + error);
    }

    [TestMethod]
    public void TheToolOfThisSystemTrainsExportsAndScores()
    {
        RequireTime();
        string segml = _feed.InstallTool(RuntimeInformation.RuntimeIdentifier);
        (int code, string output, string error) = Dotnet.Start(segml, _work.Path, "quickstart", "--out", "whole");
        Assert.AreEqual(0, code, output + error);
        Assert.IsTrue(File.Exists(_work.File("whole/report.html")), output);
    }

    [TestMethod]
    [DataRow("framework", "Score.dll")]
    [DataRow("self-contained", "Score", "--self-contained")]
    [DataRow("single-file", "Score", "--self-contained", "-p:PublishSingleFile=true", "-p:IncludeNativeLibrariesForSelfExtract=true")]
    public void APublishedAppScores(string kind, string file, params string[] options)
    {
        RequireTime();
        string[] system = options.Length > 0 ? ["-r", RuntimeInformation.RuntimeIdentifier] : [];
        string app = Path.Combine(_feed.Publish("Score", kind, [.. system, .. options]), file);
        (int code, string output, string error) = file.EndsWith(".dll", StringComparison.Ordinal) ? Dotnet.Start("dotnet", _work.Path, app) : Dotnet.Start(app, _work.Path);
        Assert.AreEqual(0, code, output + error);
        Assert.StartsWith("64x48, top left is ", output);
    }

    [TestMethod]
    [DataRow("framework", "Train.dll")]
    [DataRow("self-contained", "Train", "--self-contained")]
    public void APublishedAppTrains(string kind, string file, params string[] options)
    {
        RequireTime();
        string[] system = options.Length > 0 ? ["-r", RuntimeInformation.RuntimeIdentifier] : [];
        string app = Path.Combine(_feed.Publish("Train", kind, [.. system, .. options]), file);
        (int code, string output, string error) = file.EndsWith(".dll", StringComparison.Ordinal) ? Dotnet.Start("dotnet", _work.Path, app) : Dotnet.Start(app, _work.Path);
        Assert.AreEqual(0, code, output + error);
        Assert.Contains("mean IoU", output);
    }

    private static void RequireTime()
    {
        if (!PackageFeed.Everything)
        {
            Assert.Inconclusive("takes minutes: set SEGML_PACKAGES=all");
        }
    }

    [TestMethod]
    public async Task AWebAppAnswersPhotosWithMasks()
    {
        var start = new ProcessStartInfo("dotnet", [_feed.Output("Web", "Web.dll"), "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true, WorkingDirectory = _work.Path };
        using Process app = Process.Start(start)!;
        try
        {
            string? line;
            do
            {
                line = await app.StandardOutput.ReadLineAsync();
            }
            while (line is not null && !line.Contains("Now listening on", StringComparison.Ordinal));
            using var http = new HttpClient { BaseAddress = new Uri(line!.Split("on: ")[1]) };
            HttpResponseMessage answer = await http.PostAsync("/v1/segment", new ByteArrayContent(await File.ReadAllBytesAsync(_work.File("photo.jpg"))));
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
            RawMask mask = MaskFile.ReadRaw(_work.File("web.png", await answer.Content.ReadAsByteArrayAsync()));
            Assert.AreEqual((64, 48), (mask.Width, mask.Height));
        }
        finally
        {
            app.Kill(entireProcessTree: true);
        }
    }
}
