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
    public void Help_fits_one_screen()
    {
        string help = Segml.Run("--help").Output;
        Assert.IsLessThanOrEqualTo(24, help.TrimEnd().Split('\n').Length, help);
    }

    [TestMethod]
    public void Every_command_has_an_example_in_its_help()
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
    public void Every_example_can_be_parsed()
    {
        foreach (string example in Commands.SelectMany(c => CommandExamples.Of(CommandExamples.FullName(c))))
        {
            ParseResult parsed = CommandLine.CreateRoot().Parse([.. example.Split(' ').Skip(1)]);
            Assert.IsEmpty(parsed.Errors, example);
        }
    }

    [TestMethod]
    public void A_command_of_a_group_is_found()
    {
        Segml.Fails(2, Segml.Run("masks", "a", "--out", "b"), "it is segml data masks");
        Segml.Fails(2, Segml.Run("runs", "compare", "a"), "see segml runs compare --help");
        Segml.Fails(2, Segml.Run("trial"), "see segml --help");
    }
}
