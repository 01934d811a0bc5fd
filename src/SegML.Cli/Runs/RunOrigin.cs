using System.Globalization;
using SegML.Cli.Reports;
using SegML.Training;
using SegML.Training.Runs;

namespace SegML.Cli.Runs;

/// <summary>Where and from what a run was made.</summary>
internal static class RunOrigin
{
    public static Html Of(RunRecord run)
    {
        if (run.Sessions.Count == 0)
        {
            return Html.Of($"<p>The run's folder does not say: it is of an earlier version.</p>");
        }
        return Html.Join(run.Sessions.Select((session, i) => Html.Of($"""
            {(run.Sessions.Count == 1 ? Html.Empty : Html.Of($"<h3>{(i == 0 ? "Started" : FormattableString.Invariant($"Resumed after epoch {session.EpochsDone}"))}</h3>"))}
            <div class="scroll"><table class="facts"><tbody>
            {Facts(session).Select(fact => Html.Of($"<tr><td class=\"name\">{fact.Name}</td><td>{fact.Value}</td></tr>\n"))}</tbody></table></div>
            """)));
    }

    private static IEnumerable<(string Name, string Value)> Facts(RunSession session)
    {
        MachineState machine = session.Machine;
        yield return ("Started", session.Started.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        yield return ("Git", session.Git is { } git ? $"{git.Commit}{(git.Dirty ? ", with changes that are not committed" : "")}" : "not in a git checkout");
        yield return ("Seed", session.Seed.ToString(CultureInfo.InvariantCulture));
        yield return ("System", machine.System);
        yield return ("Processor", string.Create(CultureInfo.InvariantCulture, $"{machine.Processor}, {machine.Cores.Of("core")}"));
        yield return ("Memory", string.Create(CultureInfo.InvariantCulture, $"{machine.Memory:N0} MB"));
        yield return ("Device", machine.Device);
        yield return ("Software", $"{machine.DotNet}, libtorch {machine.Libtorch}");
    }
}
