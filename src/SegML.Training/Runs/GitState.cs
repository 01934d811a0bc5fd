using System.ComponentModel;
using System.Diagnostics;

namespace SegML.Training.Runs;

/// <summary>The git checkout that a pipeline file is in.</summary>
/// <param name="Commit">The commit's hash.</param>
/// <param name="Dirty">Whether tracked files differ from it.</param>
public sealed record GitState(string Commit, bool Dirty)
{
    /// <summary>Asks git about a folder.</summary>
    /// <returns>Null where there is no git, no repository, or no commit.</returns>
    internal static GitState? Of(string folder)
    {
        if (Ask(folder, "rev-parse", "HEAD") is not { Length: > 0 } commit)
        {
            return null;
        }
        // Untracked files, such as runs, do not count: "git describe --dirty" says the same.
        return Ask(folder, "status", "--porcelain", "--untracked-files=no") is { } changes ? new GitState(commit, changes.Length > 0) : null;
    }

    private static string? Ask(string folder, params string[] question)
    {
        var start = new ProcessStartInfo("git", ["--no-optional-locks", "-C", folder, .. question]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process git = Process.Start(start)!;
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            string answer = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? answer : null;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            return null;
        }
    }
}
