using System.Globalization;

namespace SegML.Benchmarks;

/// <summary>A command's arguments: pairs of --name and value.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    public Arguments(string[] args)
    {
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
            {
                throw new ArgumentException($"{args[i]} is not --name followed by a value");
            }
            _values[args[i][2..]] = args[i + 1];
        }
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int otherwise) =>
        !_values.TryGetValue(name, out string? text) ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0 ? value
        : throw new ArgumentException($"--{name} {text} is not a whole number above 0");

    public (int Width, int Height)? Size(string name)
    {
        if (!_values.TryGetValue(name, out string? text))
        {
            return null;
        }
        string[] sides = text.Split('x');
        return sides.Length == 2 && int.TryParse(sides[0], out int width) && int.TryParse(sides[1], out int height) && width > 0 && height > 0
            ? (width, height)
            : throw new ArgumentException($"--{name} {text} is not WIDTHxHEIGHT");
    }
}
