using System.Text.Json;

namespace SegML.Tests.Build;

/// <summary>Which native packages an application is built with.</summary>
[TestClass]
public sealed class NativesTests
{
    [TestMethod]
    public void CpuIsTheDefault()
    {
        string[] packages = PackagesOf("src/SegML.Cli/SegML.Cli.csproj");

        CollectionAssert.Contains(packages, "Microsoft.ML.OnnxRuntime");
        Assert.IsTrue(packages.Any(p => p.StartsWith("libtorch-cpu-", StringComparison.Ordinal)));
        CollectionAssert.DoesNotContain(packages, "TorchSharp-cuda-linux");
        CollectionAssert.DoesNotContain(packages, "Microsoft.ML.OnnxRuntime.Gpu");
    }

    [TestMethod]
    public void TheCudaSwitchSwapsBothNatives()
    {
        string[] packages = PackagesOf("src/SegML.Cli/SegML.Cli.csproj", "-p:SegMLDevice=cuda");

        CollectionAssert.Contains(packages, "TorchSharp-cuda-linux");
        CollectionAssert.Contains(packages, "Microsoft.ML.OnnxRuntime.Gpu");
        CollectionAssert.DoesNotContain(packages, "Microsoft.ML.OnnxRuntime");
        Assert.IsFalse(packages.Any(p => p.StartsWith("libtorch-cpu-", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("src/SegML/SegML.csproj")]
    [DataRow("src/SegML.MLNet/SegML.MLNet.csproj")]
    [DataRow("src/SegML.Onnx/SegML.Onnx.csproj")]
    [DataRow("src/SegML.Training/SegML.Training.csproj")]
    public void LibrariesLeaveTheChoiceToApplications(string project)
    {
        string[] packages = PackagesOf(project);

        Assert.IsFalse(packages.Any(p => p.StartsWith("libtorch", StringComparison.Ordinal) || p == "Microsoft.ML.OnnxRuntime"));
    }

    private static string[] PackagesOf(string project, params string[] switches)
    {
        string output = Dotnet.Run(Repository.Root, ["msbuild", project, "-getItem:PackageReference", .. switches]);
        using JsonDocument json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(p => p.GetProperty("Identity").GetString()!)];
    }
}
