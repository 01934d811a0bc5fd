using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using PublicApiGenerator;

namespace SegML.Tests.Build;

/// <summary>
/// What each library offers is written down in Build/PublicApi, so that a change of it is seen and meant.
/// <c>SEGML_RECORD_API=1 dotnet test --filter PublicApiTests</c> writes the files anew.
/// </summary>
[TestClass]
public sealed class PublicApiTests
{
    private static readonly string _folder = Path.Combine(Repository.Root, "tests/SegML.Tests/Build/PublicApi");

    private static readonly Assembly[] _libraries =
    [
        typeof(SegMLException).Assembly,
        typeof(global::SegML.MLNet.SegmentationMaskTypeAttribute).Assembly,
        typeof(global::SegML.Training.Trainer).Assembly,
        typeof(global::SegML.Onnx.OnnxExporter).Assembly,
        typeof(global::SegML.ImageSharp.ImageSharpFormats).Assembly,
        typeof(global::SegML.Serving.ServingOptions).Assembly,
        typeof(global::SegML.Cluster.Jobs.ScoringJobs).Assembly,
        typeof(global::SegML.Scenes.Roads.SceneFiles).Assembly,
    ];

    public static IEnumerable<string[]> Libraries => _libraries.Select(l => new[] { l.GetName().Name! });

    [TestMethod]
    [DynamicData(nameof(Libraries))]
    public void ItIsTheRecordedOne(string library)
    {
        string file = Path.Combine(_folder, $"{library}.txt");
        string[] now = Api(_libraries.Single(l => l.GetName().Name == library));
        if (Environment.GetEnvironmentVariable("SEGML_RECORD_API") == "1")
        {
            File.WriteAllLines(file, now);
        }
        string[] recorded = InTheirTypes(File.ReadAllLines(file)), offered = InTheirTypes(now);
        string[] changes = [.. recorded.Except(offered).Select(l => $"- {l}"), .. offered.Except(recorded).Select(l => $"+ {l}")];
        Assert.IsEmpty(changes, $"{library} offers something else than {Path.GetFileName(file)} records:\n{string.Join('\n', changes.Take(20))}");
    }

    [TestMethod]
    public void EveryLibraryThatIsPackedIsRecorded()
    {
        string[] packed = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => n != "SegML.Cli").Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(packed, Libraries.Select(l => l[0]).Order(StringComparer.Ordinal).ToArray());
    }

    // A line with the type before it, for many types have members of one form.
    private static string[] InTheirTypes(string[] lines)
    {
        string type = "";
        return [.. lines.Select(line =>
        {
            if (line.StartsWith("    ", StringComparison.Ordinal) && line.Length > 4 && line[4] is not (' ' or '[' or '{' or '}'))
            {
                type = line.Trim();
            }
            return $"{type}: {line.Trim()}";
        })];
    }

    // The generated protobuf types are those of onnx.proto: not ours to keep.
    private static string[] Api(Assembly library) => library
        .GeneratePublicApi(new ApiGeneratorOptions
        {
            IncludeAssemblyAttributes = false,
            DenyNamespacePrefixes = [],
            IncludeTypes = [.. library.GetExportedTypes().Where(t => t.Namespace != "SegML.Onnx.Protobuf")],
        })
        .ReplaceLineEndings("\n").TrimEnd().Split('\n');
}
