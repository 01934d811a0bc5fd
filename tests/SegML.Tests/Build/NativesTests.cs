using System.Text.Json;

namespace SegML.Tests.Build;

/// <summary>Which native packages an application is built with.</summary>
[TestClass]
public sealed class NativesTests
{
    private const string Libtorch = "libtorch-cpu-", CudaLibtorch = "TorchSharp-cuda-linux", Scoring = "Microsoft.ML.OnnxRuntime", CudaScoring = "Microsoft.ML.OnnxRuntime.Gpu";

    [TestMethod]
    public void CpuIsTheDefault()
    {
        CollectionAssert.Contains(PackagesOf("SegML"), Scoring);
        CollectionAssert.DoesNotContain(PackagesOf("SegML"), CudaScoring);
        string[] tool = PackagesOf("SegML.Cli");
        Assert.IsTrue(tool.Any(p => p.StartsWith(Libtorch, StringComparison.Ordinal)));
        CollectionAssert.DoesNotContain(tool, CudaLibtorch);
    }

    [TestMethod]
    public void TheCudaSwitchOfScoringLeavesTrainingOnTheCpu()
    {
        string[] packages = PackagesOf("SegML", "-p:SegMLDevice=cuda");
        CollectionAssert.Contains(packages, CudaScoring);
        CollectionAssert.DoesNotContain(packages, Scoring);
        string[] tool = PackagesOf("SegML.Cli", "-p:SegMLDevice=cuda");
        Assert.IsTrue(tool.Any(p => p.StartsWith(Libtorch, StringComparison.Ordinal)));
        CollectionAssert.DoesNotContain(tool, CudaLibtorch);
    }

    [TestMethod]
    public void TrainingHasACudaSwitchOfItsOwn()
    {
        string[] packages = PackagesOf("SegML.Cli", "-p:SegMLTrainingDevice=cuda");
        CollectionAssert.Contains(packages, CudaLibtorch);
        Assert.IsFalse(packages.Any(p => p.StartsWith(Libtorch, StringComparison.Ordinal)));
        CollectionAssert.Contains(PackagesOf("SegML", "-p:SegMLTrainingDevice=cuda"), Scoring);
    }

    private static string[] PackagesOf(string project, params string[] switches)
    {
        string output = Dotnet.Run(Repository.Root, ["msbuild", $"src/{project}/{project}.csproj", "-getItem:PackageReference", .. switches]);
        using JsonDocument json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(p => p.GetProperty("Identity").GetString()!)];
    }
}
