using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SegML.Cli;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Cli;

/// <summary>No command writes over what it reads, whatever the output is called; nothing at all is written then.</summary>
[TestClass]
public sealed partial class OverwritingTests
{
    /// <summary>Commands that write and read nothing that they could write over.</summary>
    private static readonly string[] ReadNothing = ["quickstart", "schema", "trial"];

    /// <summary>How an output is its source.</summary>
    public enum Alias
    {
        SamePath,
        LinkedFolder,
        SymbolicLink,
        HardLink,
        OtherCase,
    }

    /// <param name="Command">The command's name.</param>
    /// <param name="Place">The folder that holds the source.</param>
    /// <param name="Name">The source's name, and the output's.</param>
    /// <param name="IsFile">Whether the command line names the output file itself; else its folder.</param>
    /// <param name="Arguments">The command line; {0} is the output, @ stands before paths.</param>
    private sealed record Case(string Command, string Place, string Name, bool IsFile, string Arguments)
    {
        /// <summary>Ways in which this command's output cannot be its source.</summary>
        public Alias[] Without { get; init; } = [];
    }

    private static readonly Case[] _cases =
    [
        new("predict", "images", "a.png", false, "predict @m.onnx @images --out {0}"),
        new("predict", "images", "a.png", false, "predict @m.onnx @images/a.png --no-overlay --out {0}"),
        new("predict", "", "a.onnx", false, "predict @a.onnx @odd/a.onnx.png --out {0}") { Without = [Alias.SamePath, Alias.LinkedFolder] },
        new("masks", "masks", "a.png", false, "data masks @masks --pipeline @p.json --out {0}"),
        new("masks", "images", "a.png", false, "data masks @yolo --images @images --pipeline @p.json --out {0}"),
        new("masks", "images", "a.png", false, "data masks @labelme --pipeline @p.json --out {0}"),
        new("convert", "labelme", "a.json", false, "data convert @drawn.json --split train --to labelme --out {0}"),
        new("convert", "", "annotations.json", false, "data convert @annotations.json --split train --to coco --out {0}"),
        new("overlay", "images", "a.png", false, "data overlay @p.json --split train --out {0}"),
        new("augment", "images", "augment.png", false, "data augment @p.json --out {0}"),
        new("augment", "augmented/images", "a_0000.png", false, "data augment @augmented.json --count 1 --out {0}/..") { Without = [Alias.SymbolicLink, Alias.HardLink] },
        new("frames", "images", "clip.mp4", false, "data frames @images/clip.mp4 --out {0}") { Without = [Alias.SamePath, Alias.LinkedFolder] },
        new("suggest", "odd", "suggestions.json", false, "data suggest @m.onnx @images @odd/suggestions.json --out {0}"),
        new("check", "", "p.json", true, "check @p.json --html {0}"),
        new("init", "tool", "a.png", false, "init @tool --out {0}/new.json") { Without = [Alias.SamePath, Alias.LinkedFolder] },
        new("train", "", "pipeline.json", false, "train @pipeline.json --out {0}"),
        new("train", "", "p.json", true, "train @p.json --plan --plan-out {0}"),
        new("tune", "", "best.json", false, "runs tune @best.json --out {0}"),
        new("report", "run", "pipeline.json", true, "runs report @run --out {0}"),
        new("compare", "run", "best.json", true, "runs compare @run @run --out {0}"),
        new("average", "run", "best.json", false, "runs average @run --last 1 --out {0}") { Without = [Alias.SymbolicLink, Alias.HardLink] },
        new("graph", "", "m.onnx", true, "model graph @m.onnx --out {0}"),
        new("adopt", "", "m.onnx", true, "model adopt @m.onnx --preset torchvision --out {0}"),
        new("adopt", "images", "a.png", true, "model adopt @m.onnx --preset torchvision --images @images --out {0}"),
        new("export", "", "m.onnx", true, "export @m.onnx --precision fp16 --out {0}"),
        new("export", "run", "best.dat", true, "export @run --out {0}"),
        new("export", "", "p.json", true, "export @run --merge-into @p.json --out {0}"),
        new("export", "images", "a.png", true, "export @m.onnx --precision fp16 --images @images --out {0}"),
        new("export", "images", "a.png", true, "export @m.onnx --precision int8 --calibrate @p.json --out {0}"),
    ];

    private TemporaryFolder _folder = null!, _links = null!;

    private static IEnumerable<object[]> Rows => Enumerable.Range(0, _cases.Length)
        .SelectMany(i => Enum.GetValues<Alias>().Except(_cases[i].Without).Where(a => a != Alias.OtherCase || _cases[i].IsFile)
            .Select(alias => new object[] { _cases[i].Arguments, alias }));

    [TestInitialize]
    public void Create()
    {
        _folder = new TemporaryFolder();
        _links = new TemporaryFolder();
        foreach (string name in (string[])["a", "augment"])
        {
            using RgbaImage image = TestImages.Gradient(16, 16);
            foreach (string folder in (string[])["images", "augmented/images"])
            {
                ImageFile.Write(_folder.File($"{folder}/{name}.png"), image);
            }
            foreach (string folder in (string[])["masks", "augmented/masks"])
            {
                MaskFile.Write(_folder.File($"{folder}/{name}.png"), new SegmentationMask(16, 16, TinyModel.Classes));
            }
        }
        foreach (string folder in (string[])["yolo", "labelme", "run", "odd", "tool"])
        {
            Directory.CreateDirectory(_folder.File(folder));
        }
        Text("yolo/a.txt", "0 0.1 0.1 0.9 0.1 0.9 0.9\n");
        Text("labelme/a.json", """{ "version": "5", "shapes": [{ "label": "red", "shape_type": "polygon", "points": [[0, 0], [9, 0], [9, 9]] }], "imagePath": "a.png", "imageWidth": 16, "imageHeight": 16 }""");
        File.Copy(_folder.File("labelme/a.json"), _folder.File("tool/a.json"));
        File.Copy(_folder.File("images/a.png"), _folder.File("tool/a.png"));
        File.Copy(_folder.File("images/a.png"), _folder.File("odd/a.onnx.png"));
        File.WriteAllText(_folder.File("odd/suggestions.json"), "no image");
        Text("p.json", Pipeline("images", "masks", "masks"));
        Text("best.json", Pipeline("images", "masks", "masks").Replace("\"training\"", """
            "tune": { "trials": 2, "ranges": { "training.learningRate": { "min": 1e-4, "max": 1e-2 } } }, "training"
            """, StringComparison.Ordinal));
        Text("pipeline.json", Pipeline("images", "masks", "masks"));
        Text("annotations.json", Pipeline("images", "masks", "masks"));
        Text("drawn.json", Pipeline("images", "annotations", "labelme").Replace("\"splits\"", "\"unannotated\": \"skip\", \"splits\"", StringComparison.Ordinal));
        Text("augmented.json", Pipeline("augmented/images", "masks", "augmented/masks"));
        File.Move(_folder.File("augmented/images/augment.png"), _folder.File("augmented/images/a_0000.png"));
        File.Move(_folder.File("augmented/masks/augment.png"), _folder.File("augmented/masks/a_0000.png"));
        foreach (string name in (string[])["run/pipeline.json", "run/best.json", "run/best.dat", "run/last.dat", "images/clip.mp4"])
        {
            Text(name, $"the content of {name}");
        }
        _folder.File("m.onnx", TinyModel.Create());
        _folder.File("a.onnx", TinyModel.Create());
    }

    [TestCleanup]
    public void Remove()
    {
        _links.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    [DynamicData(nameof(Rows))]
    public void RefusesAnOutputThatIsAnInput(string arguments, Alias alias)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("skipped: links on Windows need rights that tests do not have");
        }
        Case row = _cases.First(c => c.Arguments == arguments);
        string output = Prepare(row, alias);
        string before = Snapshot();
        string[] args = [.. row.Arguments.Split(' ').Select(word => word.StartsWith("{0}", StringComparison.Ordinal) ? output + word[3..] : Placed(word))];

        Segml.Result result = Segml.Run(args);

        Assert.AreEqual(2, result.Code, result.Output + result.Error);
        Assert.IsTrue(row.Command == "average" ? result.Error.Contains("is not empty", StringComparison.Ordinal) : result.Error.Contains("would be overwritten by a result", StringComparison.Ordinal), result.Error);
        Assert.AreEqual(before, Snapshot());
    }

    [TestMethod]
    [DataRow("predict @m.onnx @images --out @masks", "no earlier result")]
    [DataRow("export @m.onnx --precision fp16 --out @p.json", "no model by its name")]
    public void RefusesToReplaceWhatIsNoEarlierResult(string arguments, string fault)
    {
        string before = Snapshot();
        Segml.Result result = Segml.Run([.. arguments.Split(' ').Select(Placed)]);
        Assert.AreEqual(2, result.Code, result.Output + result.Error);
        Assert.Contains(fault, result.Error);
        Assert.AreEqual(before, Snapshot());
    }

    [TestMethod]
    public void PredictsAgainOverItsOwnResults()
    {
        string[] arguments = ["predict", _folder.File("m.onnx"), _folder.File("images/a.png"), "--out", _folder.File("results")];
        Assert.AreEqual(0, Segml.Run(arguments).Code);
        Assert.AreEqual(0, Segml.Run(arguments).Code);
    }

    /// <summary>A source that is replaced while work goes on gives its number in the file system back; the next new file may get it.</summary>
    [TestMethod]
    [DataRow("predict @m.onnx @images --annotations labelme --out @results", "results/annotations/a.json")]
    [DataRow("predict @m.onnx @images --annotations coco --out @results", "results/annotations/annotations.json")]
    [DataRow("data convert @drawn.json --split train --to labelme --out @results", "results/a.json")]
    [DataRow("model adopt @m.onnx --describe @results/m.json", "results/m.json")]
    public void WhatMayHaveBeenCorrectedByHandIsNotReplaced(string arguments, string corrected)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(corrected))!);
        File.WriteAllText(_folder.File(corrected), "corrected");
        Segml.Fails(2, Segml.Run([.. arguments.Split(' ').Select(Placed)]), "exists already", Path.GetFileName(corrected));
        Assert.AreEqual("corrected", File.ReadAllText(_folder.File(corrected)));
    }

    [TestMethod]
    public void AFileIsNoSourceForHavingTheNumberOfAReplacedOne()
    {
        string source = _folder.File("images/a.png"), output = _folder.File("log.csv");
        using IDisposable protection = SourceFiles.Protect([source]);
        File.Move(source, output);
        ImageFile.Write(_folder.File("new.png"), TestImages.Gradient(4, 4));
        File.Move(_folder.File("new.png"), source);
        AtomicFile.WriteText(output, "epoch");
        Assert.AreEqual("epoch", File.ReadAllText(output));
    }

    [TestMethod]
    public void EveryCommandThatWritesIsInTheTable()
    {
        string[] writing = [.. All(CommandLine.CreateRoot()).Where(c => c.Options.Any(o => o.Name is "--out" or "--html" or "--plan-out")).Select(c => c.Name)];
        CollectionAssert.AreEquivalent(writing, _cases.Select(c => c.Command).Concat(ReadNothing.Where(writing.Contains)).Distinct().ToArray());

        static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Append(command);
    }

    /// <summary>Makes the output that is the source, and returns what the command line calls it.</summary>
    private string Prepare(Case row, Alias alias)
    {
        string place = _folder.File(row.Place).TrimEnd('/'), source = Path.Combine(place, row.Name);
        if (alias == Alias.LinkedFolder)
        {
            Directory.CreateSymbolicLink(_links.File("linked"), place);
            return row.IsFile ? Path.Combine(_links.File("linked"), row.Name) : _links.File("linked");
        }
        if (alias is Alias.SymbolicLink or Alias.HardLink)
        {
            Directory.CreateDirectory(_links.File("out"));
            string name = row.IsFile ? row.Name : row.Command switch { "frames" => "clip_000000.png", "init" => "new.html", "predict" when row.Name == "a.onnx" => "a.onnx.png", _ => row.Name };
            string twin = _links.File("out/" + name);
            if (alias == Alias.SymbolicLink)
            {
                File.CreateSymbolicLink(twin, source);
            }
            else
            {
                Assert.AreEqual(0, Link(source, twin));
            }
            return row.IsFile ? twin : _links.File("out");
        }
        return !row.IsFile ? place : Path.Combine(place, alias == Alias.OtherCase ? row.Name.ToUpperInvariant() : row.Name);
    }

    private string Placed(string word) => word.StartsWith('@') ? _folder.File(word[1..]) : word;

    private string Snapshot() => string.Join('\n', Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories)
        .Concat(Directory.Exists(_links.File("out")) ? Directory.EnumerateFileSystemEntries(_links.File("out"), "*", SearchOption.AllDirectories) : []).Order(StringComparer.Ordinal)
        .Select(path => $"{path} {new FileInfo(path).LinkTarget} {(File.Exists(path) ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))) : "")}"));

    private void Text(string name, string content) => _folder.File(name, Encoding.UTF8.GetBytes(content));

    private static string Pipeline(string images, string kind, string masks) => $$"""
        { "name": "t", "classes": [ { "id": 0, "name": "red" }, { "id": 1, "name": "green" }, { "id": 2, "name": "blue" } ], "input": { "width": 16, "height": 16 },
          "data": { "root": ".", "splits": { "train": { "images": "{{images}}", "{{kind}}": "{{masks}}" }, "val": { "images": "{{images}}", "{{kind}}": "{{masks}}" } } },
          "network": { "options": { "width": 4 } }, "training": { "epochs": 1, "batchSize": 1 } }
        """;

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
