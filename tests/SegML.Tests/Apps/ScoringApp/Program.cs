// ScoringApp MODEL.zip IMAGE MASK [PREDICTIONS]: loads a saved pipeline, registering nothing, runs it on one row, and prints a line
// for each column (RowText). With PREDICTIONS, 8 threads then share the loaded pipeline for so many, and it prints by how much
// memory grew meanwhile, in bytes: "growth MANAGED RESIDENT". The last line names all loaded assemblies.
using System.Globalization;
using Microsoft.ML;
using ScoringApp;
using SegML.Tests.MLNet;

var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
var row = new Row { ImagePath = args[1], MaskPath = args[2] };
string[] expected = RowText.OfFirst(model.Transform(ml.Data.LoadFromEnumerable([row])));
foreach (string line in expected)
{
    Console.WriteLine(line);
}
if (args.Length > 3)
{
    int predictions = int.Parse(args[3], CultureInfo.InvariantCulture);
    (long managed, long resident) = Soak.Growth(ml, model, row, expected, predictions);
    Console.WriteLine(FormattableString.Invariant($"growth {managed} {resident}"));
}
Console.WriteLine(string.Join(" ", AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name)));
