using System.Diagnostics;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Runs;

namespace SegML.Tests.Runs;

[TestClass]
public sealed class GitStateTests
{
    [TestMethod]
    public void ItIsTheCommitAndWhetherTrackedFilesDiffer()
    {
        using var folder = new TemporaryFolder();
        if (!Git(folder, "init", "-q"))
        {
            Assert.Inconclusive("skipped: git is not there");
        }
        Assert.IsNull(GitState.Of(folder.Path), "no commit yet");
        File.WriteAllText(folder.File("p.json"), "{}");
        Git(folder, "add", "p.json");
        Assert.IsTrue(Git(folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "One"));

        GitState state = GitState.Of(folder.Path)!;
        Assert.MatchesRegex("^[0-9a-f]{40,64}$", state.Commit);
        Assert.IsFalse(state.Dirty);
        File.WriteAllText(folder.File("untracked"), "");
        Assert.AreEqual(state, GitState.Of(folder.Path));
        File.WriteAllText(folder.File("p.json"), "{ }");
        Assert.AreEqual(state with { Dirty = true }, GitState.Of(folder.Path));
    }

    [TestMethod]
    public void OutsideOfACheckoutThereIsNone()
    {
        using var folder = new TemporaryFolder();
        Assert.IsNull(GitState.Of(folder.Path));
        Assert.IsNull(GitState.Of(folder.File("nowhere")));
    }

    private static bool Git(TemporaryFolder folder, params string[] arguments)
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", ["-C", folder.Path, .. arguments]))!;
            git.WaitForExit();
            return git.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
