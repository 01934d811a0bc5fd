using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing.Operations;

/// <summary>One call of a module with an emitter, as the hooks saw it.</summary>
/// <param name="Index">The module.</param>
/// <param name="Arguments">Its arguments, flat; null for tensors.</param>
/// <param name="IsTensor">Which of those that are null are tensors.</param>
/// <param name="Outputs">The shapes and types of its results.</param>
/// <param name="Overwrites">For each result, which of the tensor arguments it overwrote; -1 for none.</param>
/// <param name="Views">For each result, which of the tensor arguments it shares memory with; -1 for none.</param>
internal sealed record UnitCall(int Index, object?[] Arguments, bool[] IsTensor, TracedTensor[] Outputs, int[] Overwrites, int[] Views);

/// <summary>What the hooks saw of modules while operations were recorded. Nodes refer to it by numbers in their names.</summary>
internal sealed class RecordedModules(nn.Module root)
{
    private const string UnitKind = "segml::unit", ObservationKind = "segml::observation", Scope = "module", Input = "input ";

    private readonly List<(nn.Module Module, string Path)> _modules = [];
    private readonly List<UnitCall> _units = [];
    private readonly List<(int Module, Tensor[] Values)> _observations = [];

    /// <summary>The module that was called last; null when none was.</summary>
    public string? Last => _units.Count == 0 ? null : Subject(_units[^1].Index);

    public static string InputName(int index) => $"{Input}{index}";

    public static int? InputIndex(string name) => name.StartsWith(Input, StringComparison.Ordinal) ? Number(name, Input) : null;

    public static string ScopeName(int index) => $"{Scope}{index}";

    public int Register(nn.Module module, string path)
    {
        _modules.Add((module, path));
        return _modules.Count - 1;
    }

    public (nn.Module Module, string Path) Module(int index) => _modules[index];

    /// <summary>The module of a scope; the outermost for none.</summary>
    public (nn.Module Module, string Path) ModuleOf(string scope) =>
        scope.StartsWith(Scope, StringComparison.Ordinal) ? _modules[Number(scope, Scope)] : (root, "");

    public string Subject(int index) => ModuleCall.Describe(_modules[index].Path, _modules[index].Module);

    /// <summary>Writes down the call of a unit.</summary>
    /// <returns>The kind of its node.</returns>
    public string AddUnit(int index, object?[] arguments, Tensor[] outputs)
    {
        Tensor[] tensors = [.. arguments.OfType<Tensor>()];
        bool writes = InPlace.Writes(_modules[index].Module);
        int SameTensor(Tensor output) => writes ? Array.FindIndex(tensors, t => Handle(t) == Handle(output) || Shares(t, output) && InPlace.SameView(t, output)) : -1;
        _units.Add(new UnitCall(index, [.. arguments.Select(a => a is Tensor ? null : a)], [.. arguments.Select(a => a is Tensor)],
            [.. outputs.Select(o => new TracedTensor(o))], [.. outputs.Select(SameTensor)], [.. outputs.Select(o => Array.FindIndex(tensors, t => Shares(t, o)))]));
        return $"{UnitKind}{_units.Count - 1}";
    }

    public UnitCall? UnitOf(string kind) => kind.StartsWith(UnitKind, StringComparison.Ordinal) ? _units[Number(kind, UnitKind)] : null;

    /// <summary>Writes down what a module returned.</summary>
    /// <returns>The kind of its node.</returns>
    public string AddObservation(int index, Tensor[] values)
    {
        _observations.Add((index, values));
        return $"{ObservationKind}{_observations.Count - 1}";
    }

    /// <summary>All copies of what modules returned.</summary>
    public IEnumerable<Tensor> Observed => _observations.SelectMany(o => o.Values);

    public (int Module, Tensor[] Values)? ObservationOf(string kind) =>
        kind.StartsWith(ObservationKind, StringComparison.Ordinal) ? _observations[Number(kind, ObservationKind)] : null;

    private static int Number(string text, string prefix) => int.Parse(text.AsSpan(prefix.Length), CultureInfo.InvariantCulture);

    private static unsafe nint Handle(Tensor tensor) => *(nint*)tensor.Handle;

    private static bool Shares(Tensor a, Tensor b) => InPlace.Memory(a) is var memory and not 0 && memory == InPlace.Memory(b);
}
