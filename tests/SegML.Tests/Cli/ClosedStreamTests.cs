using System.Diagnostics;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Cli;

/// <summary>A reader that has gone (<c>| head</c>) or a closed descriptor (<c>2&gt;&amp;-</c>) is no fault of the work: it goes on to its end, and ends as always.</summary>
[TestClass]
public sealed class ClosedStreamTests
{
    [TestMethod]
    [DataRow("2>&-")]
    [DataRow(">&- 2>&-")]
    [DataRow("2>&1 | true")]
    public void TheWorkIsDoneAllTheSame(string streams)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("skipped: written for a Unix shell");
        }
        using var folder = new TemporaryFolder();
        folder.File("m.onnx", TinyModel.Create());
        foreach (string name in (string[])["a.png", "b.png"])
        {
            using var image = TestImages.Gradient(24, 16);
            SegML.Images.ImageFile.Write(folder.File("in/" + name), image);
        }
        folder.File("in/c.png", [1, 2, 3]);
        string segml = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "SegML.Cli.dll")}'";
        string command = $"set -o pipefail; {segml} predict m.onnx in --out out {streams}; echo \"code $?\" > code.txt";
        var start = new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = folder.Path, RedirectStandardError = true };
        using Process shell = Process.Start(start)!;
        string error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.AreEqual("code 2\n", File.ReadAllText(folder.File("code.txt")), error);
        Assert.IsTrue(File.Exists(folder.File("out/a.png")) && File.Exists(folder.File("out/b.png")));
        Assert.DoesNotContain("   at ", error);
    }
}
