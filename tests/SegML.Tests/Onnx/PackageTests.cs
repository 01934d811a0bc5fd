using System.IO.Compression;

namespace SegML.Tests.Onnx;

/// <summary>SegML.Onnx as its users get it: a package from a folder, in a project of their own that has TorchSharp and nothing else.</summary>
[TestClass]
public sealed class PackageTests
{
    private const string Version = "0.0.1-test";

    [TestMethod]
    public void PackageServesAFreshProjectThatKnowsTorchSharpOnly()
    {
        // Beside the test's own output: natives are linked there, which takes no space, and copied from a folder of another disk.
        string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, $"package-{Guid.NewGuid():N}")).FullName;
        try
        {
            string feed = Directory.CreateDirectory(Path.Combine(folder, "feed")).FullName, app = Directory.CreateDirectory(Path.Combine(folder, "app")).FullName;
            Dotnet.Run(Repository.Root, "pack", "src/SegML.Onnx/SegML.Onnx.csproj", "--no-build", "--configuration", Configuration, "--output", feed, $"-p:PackageVersion={Version}");
            CheckContent(feed);
            Write(app, feed);
            Dotnet.Run(app, "build", "--nologo", "--verbosity", "quiet");
            string output = Dotnet.Run(app, Path.Combine(app, "bin", "Debug", "net10.0", "App.dll"));
            Assert.StartsWith("net.onnx, 2 nodes, largest difference ", output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Configuration => AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    private static void CheckContent(string feed)
    {
        string[] Entries(string file)
        {
            using ZipArchive archive = ZipFile.OpenRead(Path.Combine(feed, file));
            return [.. archive.Entries.Select(e => e.FullName)];
        }

        string[] package = Entries($"SegML.Onnx.{Version}.nupkg");
        foreach (string part in (string[])["README.md", "lib/net10.0/SegML.Onnx.dll", "lib/net10.0/SegML.Onnx.xml", "buildTransitive/SegML.Onnx.targets"])
        {
            Assert.Contains(part, package);
        }
        Assert.Contains("lib/net10.0/SegML.Onnx.pdb", Entries($"SegML.Onnx.{Version}.snupkg"));
    }

    // Everything but the package itself is in the cache that this test was built from, so that nothing is fetched.
    private static void Write(string app, string feed)
    {
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string libtorch = OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";
        File.WriteAllText(Path.Combine(app, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{feed}" /><add key="cache" value="{cache}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="cache" value="{cache}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="{Path.Combine(feed, "installed")}" /></config>
            </configuration>
            """);
        // Nothing of this repository's own build may help.
        File.WriteAllText(Path.Combine(app, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(app, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(Path.Combine(app, "Directory.Packages.props"), "<Project />");
        File.WriteAllText(Path.Combine(app, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <RestoreIgnoreFailedSources>true</RestoreIgnoreFailedSources>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="TorchSharp" Version="0.107.0" />
                <PackageReference Include="{libtorch}" Version="2.10.0" />
                <PackageReference Include="Microsoft.ML.OnnxRuntime" Version="1.31.1" />
                <PackageReference Include="SegML.Onnx" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(app, "Program.cs"), """
            using SegML.Onnx;
            using TorchSharp;

            using var net = torch.nn.Sequential(("conv", torch.nn.Conv2d(3, 4, 3, padding: 1)), ("act", torch.nn.ReLU()));
            net.eval();
            OnnxExportReport report = OnnxExporter.Export(net, torch.randn(1, 3, 24, 32), Path.Combine(AppContext.BaseDirectory, "net.onnx"));
            Console.WriteLine($"{Path.GetFileName(report.Path)}, {report.Nodes} nodes, largest difference {report.MaxDifference:G2}");
            """);
    }
}
