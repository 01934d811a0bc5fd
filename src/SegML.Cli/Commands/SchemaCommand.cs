using System.CommandLine;
using SegML.Files;
using SegML.Training.Networks;

namespace SegML.Cli.Commands;

/// <summary><c>segml data schema</c>: the JSON Schema of pipeline files, for editors.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        Option<string> output = SharedOptions.Out("The file to write; a pipeline file beside it names it: \"$schema\": \"./FILE\".");
        var command = new Command("schema", "Write the JSON Schema of pipeline files, for completion and help in editors.") { output };
        command.SetAction(parsed =>
        {
            AtomicFile.WriteText(parsed.GetValue(output)!, NetworkCatalog.PipelineFileSchema());
            return ExitCode.Done;
        });
        return command;
    }
}
