using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>One step of an LSTM, GRU or RNN, as ONNX's operator on a sequence of one.</summary>
internal static class RecurrentCellEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .AddMany<LSTMCell>((m, e) => Step(m, e, "LSTM", gates: [0, 3, 1, 2]))
        .AddMany<GRUCell>((m, e) => Step(m, e, "GRU", gates: [1, 0, 2], ("linear_before_reset", 1)))
        .AddMany<RNNCell>((m, e) => RecurrentEmitters.Simple(m, e, [3, e.Inputs[0]!.Shape[1]], (activation, c) => Step(m, c, "RNN", gates: [0], activation)));

    private static string[] Step(nn.Module module, EmitContext e, string opType, long[] gates, params (string, object)[] attributes)
    {
        if (e.Rank != 2)
        {
            throw e.Unsupported("an input without a batch dimension");
        }
        Dictionary<string, Tensor> weights = e.Weights();
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor Ordered(string name) => cat([.. gates.Select(g => weights[name].chunk(gates.Length, 0)[g])], 0);
        string bias = !weights.ContainsKey("bias_ih") ? "" : e.Parameter("bias", cat([Ordered("bias_ih"), Ordered("bias_hh")], 0).unsqueeze(0));
        int states = opType == "LSTM" ? 2 : 1;
        string first = e.Integers(0);
        string[] initial = [.. Enumerable.Range(1, states).Select(s =>
            e.Inputs.ElementAtOrDefault(s) is { } state ? e.Node("Unsqueeze", [state.Name, first]) : "")];
        string[] results = e.Node(opType, [e.Node("Unsqueeze", [e.Input, first]), e.Parameter("weight_ih", Ordered("weight_ih").unsqueeze(0)),
            e.Parameter("weight_hh", Ordered("weight_hh").unsqueeze(0)), bias, "", .. initial], 1 + states,
            [("hidden_size", weights["weight_hh"].shape[1]), .. attributes]);
        return [.. results[1..].Select(r => e.Node("Squeeze", [r, first]))];
    }
}
