using System.IO.Compression;
using System.Xml.Linq;

namespace SegML.Tests.Packages;

/// <summary>SegML's packages in a folder, as a user gets them, and projects outside of this repository's build that use them. Nothing is fetched.</summary>
internal sealed class PackageFeed : IDisposable
{
    public const string Version = "0.0.1-test";

    // Beside the tests' own output: natives are linked there, which takes no space, and copied from a folder of another disk.
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, $"packages-{Guid.NewGuid():N}")).FullName;

    private PackageFeed()
    {
    }

    public static readonly string[] Libraries = ["SegML", "SegML.MLNet", "SegML.Onnx", "SegML.Training", "SegML.ImageSharp", "SegML.Serving", "SegML.Cluster"];

    /// <summary>Debug or Release, as the tests were built.</summary>
    public static string Configuration =>
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>Whether what takes minutes is done too; it may need packages that are not there yet, such as the runtime's.</summary>
    public static bool Everything => Environment.GetEnvironmentVariable("SEGML_PACKAGES") == "all";

    /// <summary>The package of this system's libtorch.</summary>
    public static string Libtorch => OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";

    private static string Cache =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private string Feed => Path.Combine(_folder, "feed");

    /// <summary>Packs what the tests were built from.</summary>
    public static PackageFeed Pack()
    {
        var feed = new PackageFeed();
        string projects = feed.Write("pack.proj", $"""
            <Project>
              <ItemGroup>
                {string.Join("\n", Libraries.Select(l => $"<Library Include=\"{Path.Combine(Repository.Root, "src", l, l + ".csproj")}\" />"))}
              </ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(Library)" Targets="Pack" BuildInParallel="true"
                         Properties="NoBuild=true;Configuration={Configuration};PackageOutputPath={feed.Feed};PackageVersion={Version}" />
              </Target>
            </Project>
            """);
        Dotnet.Run(feed._folder, "msbuild", projects, "-v:q", "-nologo", "-m");
        // Nothing of this repository's own build may help.
        foreach (string file in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
        {
            feed.Write(file, "<Project />");
        }
        feed.Write("Directory.Build.rsp", "");
        // What is not SegML's is in the cache that the tests were built from. SegML's are not to end up there.
        feed.Write("nuget.config", $"""
            <configuration>
              <packageSources>{(Everything ? "" : "<clear />")}<add key="feed" value="{feed.Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="cache" value="{Cache}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="{Path.Combine(feed._folder, "installed")}" /></config>
            </configuration>
            """);
        return feed;
    }

    /// <summary>Writes a project that references packages; those without a version are SegML's.</summary>
    public void Project(string name, string program, params string[] packages)
    {
        bool web = program.Contains("WebApplication", StringComparison.Ordinal);
        Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk{(web ? ".Web" : "")}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <InvariantGlobalization>true</InvariantGlobalization>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n", packages.Select(p => p.Split(' ') is [var id, var version] ? Reference(id, version) : Reference(p, Version)))}
              </ItemGroup>
            </Project>
            """);
        Write($"{name}/Program.cs", program);
    }

    /// <summary>Builds all projects at once.</summary>
    public void Build()
    {
        string[] projects = [.. Directory.EnumerateFiles(_folder, "*.csproj", SearchOption.AllDirectories)];
        string all = Write("apps.slnx", $"<Solution>{string.Concat(projects.Select(p => $"<Project Path=\"{Path.GetRelativePath(_folder, p)}\" />"))}</Solution>");
        Dotnet.Run(_folder, "build", all, "-nologo", "-v:q");
    }

    /// <summary>Runs what was built, in a folder.</summary>
    public string Run(string name, string folder, params string[] arguments) => Dotnet.Run(folder, [Output(name, name + ".dll"), .. arguments]);

    /// <summary>A file of what was built.</summary>
    public string Output(string name, string file) => Path.Combine(_folder, name, "bin", "Debug", "net10.0", file);

    /// <summary>Publishes a project.</summary>
    /// <returns>The folder.</returns>
    public string Publish(string name, string kind, params string[] options)
    {
        string output = Path.Combine(_folder, "published", name, kind);
        Dotnet.Run(_folder, ["publish", Path.Combine(_folder, name), "-nologo", "-v:q", "-o", output, .. options]);
        return output;
    }

    /// <summary>Packs the tool for one system, installs it from the folder and gives its command.</summary>
    public string InstallTool(string system)
    {
        // What the tests were built from stays as it is: they run from it.
        Dotnet.Run(Repository.Root, "pack", "src/SegML.Cli", "-nologo", "-v:q", "-c", Configuration, "-o", Feed, $"-p:PackageVersion={Version}",
            $"-p:ToolPackageRuntimeIdentifiers={system}", "-p:BuildProjectReferences=false");
        string folder = Path.Combine(_folder, "tools", system);
        Dotnet.Run(_folder, "tool", "install", "SegML.Cli", "--version", Version, "--tool-path", folder);
        return Path.Combine(folder, OperatingSystem.IsWindows() ? "segml.exe" : "segml");
    }

    /// <summary>The names of a package's files.</summary>
    public string[] Entries(string id, string extension = "nupkg")
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(Feed, $"{id}.{Version}.{extension}"));
        return [.. archive.Entries.Select(e => e.FullName)];
    }

    /// <summary>A text file of a package.</summary>
    public string Text(string id, string entry)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(Feed, $"{id}.{Version}.nupkg"));
        using var reader = new StreamReader(archive.GetEntry(entry)!.Open());
        return reader.ReadToEnd();
    }

    /// <summary>What a package says of itself.</summary>
    public XElement Metadata(string id)
    {
        XElement root = XDocument.Parse(Text(id, id + ".nuspec")).Root!;
        foreach (XElement element in root.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
        }
        return root.Element("metadata")!;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Reference(string id, string version) => $"<PackageReference Include=\"{id}\" Version=\"{version}\" />";

    private string Write(string path, string text)
    {
        string file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
