using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SegML.Cli;

/// <summary>The examples at the end of each command's help. A test parses every one of them, and misses those of a command without any.</summary>
internal static class CommandExamples
{
    private static readonly string[] Examples =
    [
        "segml quickstart --out try",
        "segml init export.zip --out street.json",
        "segml init photos/ --minutes 20",
        "segml check street.json --html check.html",
        "segml train street.json --out runs/street",
        "segml train street.json --out runs/street --resume",
        "segml train street.json --folds 5 --out runs/folds",
        "segml train street.json --set training.epochs=20 training.batchSize=4",
        "segml evaluate street.onnx street.json --split test",
        "segml evaluate street.onnx street.json --flip --scales 0.75,1,1.25",
        "segml evaluate aerial.onnx aerial.json --tile-size 1024",
        "segml predict street.onnx photos/ --out results/",
        "segml predict street.onnx photos/ --out results/ --annotations labelme",
        "segml predict street.onnx photos/ --out results/ --scores --uncertainty",
        "segml predict street.onnx drive.mp4 --out results/",
        "segml predict street.onnx aerial.png --out results/ --tile-size 1024 --max-pixels 400000000",
        "segml predict street.onnx photos/ --out results/ --cluster \"Host=db;Database=segml\"",
        "segml export runs/street --out street.onnx",
        "segml export runs/folds --out ensemble.onnx",
        "segml export street.onnx --out street-int8.onnx --precision int8 --calibrate street.json",
        "segml export street.onnx --out opencv.onnx --size 480x360",
        "segml export runs/street --out anywhere.onnx --self-contained --size 480x360",
        "segml export runs/street --out street.onnx --web site/",
        "segml serve street.onnx",
        "segml serve street.onnx --browser",
        "segml serve street.onnx night=street-night.onnx --host 0.0.0.0 --key SECRET",
        "segml data masks annotations/ --pipeline street.json --out masks/",
        "segml data convert street.json --split val --to labelme --out labels/",
        "segml data overlay street.json --split train --out look/",
        "segml data augment street.json --out look/",
        "segml data frames drive.mp4 --fps 1 --out images/",
        "segml data suggest street.onnx photos/ --count 50 --out next/ --annotations cvat",
        "segml data schema --out pipeline.schema.json",
        "segml runs report runs/street --out report.html",
        "segml runs compare runs/street runs/other --out compare.html",
        "segml runs average runs/street --last 5 --out runs/mean",
        "segml runs tune street.json --out runs/search",
        "segml model info street.onnx",
        "segml model graph street.onnx --out street.svg",
        "segml model info --providers",
        "segml model benchmark street.onnx photo.jpg --threads 1,2,4",
        "segml model adopt model.onnx --preset hf --from segformer/ --out street.onnx",
        "segml model adopt model.onnx --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --classes road,sky --out street.onnx --images photos/",
        "segml model adopt model.onnx --describe model.json",
        "segml model adopt model.onnx --description model.json --out street.onnx",
        "segml cluster worker --cluster \"Host=db;Database=segml\"",
        "segml cluster worker --cluster jobs.db --chunks 2 --until-done",
        "segml cluster jobs --cluster \"Host=db;Database=segml\"",
        "segml cluster jobs 0f3c5a7e9b12 --resume --cluster jobs.db",
    ];

    /// <summary>The examples of a command, by its full name: <c>segml data masks</c>.</summary>
    public static IEnumerable<string> Of(string name) => Examples.Where(e => e.StartsWith(name + " ", StringComparison.Ordinal));

    /// <summary>A command's full name, with the names of its groups: <c>segml data masks</c>.</summary>
    public static string FullName(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{FullName(parent)} {command.Name}" : "segml";

    /// <summary>Lets help end with the examples of the command that it is about.</summary>
    public static void AddTo(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            Command command = parseResult.CommandResult.Command;
            string[] examples = command.Subcommands.Count > 0 ? [] : [.. Of(FullName(command))];
            if (examples.Length > 0)
            {
                parseResult.InvocationConfiguration.Output.WriteLine(
                    $"{(examples.Length == 1 ? "Example" : "Examples")}:{string.Concat(examples.Select(e => $"{Environment.NewLine}  {e}"))}");
            }
            return code;
        }
    }
}
