using System.CommandLine;
using SegML.Cli;

namespace SegML.Tests.Cli;

[TestClass]
public sealed class HelpTests
{
    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.Where(c => !c.Hidden).SelectMany(Leaves);

    private static IEnumerable<Command> Commands => Leaves(CommandLine.CreateRoot());

    [TestMethod]
    public void HelpFitsOneScreen()
    {
        string help = Segml.Run("--help").Output;
        Assert.IsLessThanOrEqualTo(24, help.TrimEnd().Split('\n').Length, help);
    }

    [TestMethod]
    public void EveryCommandHasAnExampleInItsHelp()
    {
        foreach (Command command in Commands)
        {
            string name = CommandExamples.FullName(command);
            Segml.Result result = Segml.Run([.. name.Split(' ').Skip(1), "--help"]);
            Assert.AreEqual(0, result.Code);
            Assert.Contains($"\n  {name} ", result.Output[result.Output.LastIndexOf("Example", StringComparison.Ordinal)..], name);
        }
    }

    [TestMethod]
    public void EveryExampleCanBeParsed()
    {
        foreach (string example in Commands.SelectMany(c => CommandExamples.Of(CommandExamples.FullName(c))))
        {
            ParseResult parsed = CommandLine.CreateRoot().Parse([.. example.Split(' ').Skip(1)]);
            Assert.IsEmpty(parsed.Errors, example);
        }
    }

    [TestMethod]
    public void ACommandOfAGroupIsFound()
    {
        Segml.Fails(2, Segml.Run("masks", "a", "--out", "b"), "it is segml data masks");
        Segml.Fails(2, Segml.Run("runs", "compare", "a"), "see segml runs compare --help");
        Segml.Fails(2, Segml.Run("trial"), "see segml --help");
    }
}
