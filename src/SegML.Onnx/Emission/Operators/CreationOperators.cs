using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Tensors from nothing but sizes and numbers, and filling of existing ones.</summary>
internal static class CreationOperators
{
    public static void AddTo(OnnxEmitters emitters)
    {
        foreach ((string name, double value) in new[] { ("zeros", 0d), ("ones", 1d), ("empty", 0d) })
        {
            emitters
                .AddOperator(name, e => e.Node("Expand", [e.Scalar(value, e.Output.Type), e.Sizes(0)]))
                .AddOperator($"{name}_like", e => e.Node("Expand", [e.Scalar(value, e.Output.Type), Shape(e)]))
                .AddOperator($"new_{name}", e => e.Node("Expand", [e.Scalar(value, e.Output.Type), e.Sizes(1)]));
        }
        emitters
            .AddOperator("full", e => e.Node("Expand", [e.Value(1), e.Sizes(0)]))
            .AddOperator("full_like", e => e.Node("Expand", [e.Value(1), Shape(e)]))
            .AddOperator("new_full", e => e.Node("Expand", [e.Value(2), e.Sizes(1)]))
            .AddOperator("fill", e => e.Node("Expand", [e.Value(1), Shape(e)]))
            .AddOperator("zero", e => e.Node("Expand", [e.Scalar(0, e.Output.Type), Shape(e)]))
            .AddOperator("copy", e => e.Node("Expand", [e.Value(1), Shape(e)]))
            .AddOperator("scalar_tensor", e => e.Value(0))
            .AddOperator("arange", Range)
            .AddOperator("linspace", Line)
            .AddOperator("eye", Identity);
        foreach (string random in new[] { "rand", "randn", "rand_like", "randn_like", "randint", "randperm", "normal", "bernoulli", "multinomial", "uniform" })
        {
            emitters.AddOperator(random, e => throw e.Unsupported("random numbers, which no comparison can prove"));
        }
    }

    private static string Shape(OperatorContext e) => e.Node("Shape", [e.Tensor(0).Name]);

    // (end), (start, end), (start, end, step), each followed by type, layout, device and pinning.
    private static string Range(OperatorContext e)
    {
        const int Options = 4;
        int numbers = e.Count - Options;
        string start = numbers > 1 ? e.Value(0) : e.Scalar(0, e.Output.Type), end = e.Value(numbers > 1 ? 1 : 0);
        return e.Node("Range", [start, end, numbers > 2 ? e.Value(2) : e.Scalar(1, e.Output.Type)]);
    }

    private static string Line(OperatorContext e)
    {
        double start = e.Number(0), end = e.Number(1);
        if (e.Output.Sizes.All(s => s[0] == e.Output.Shape[0]))
        {
            long count = e.Output.Shape[0];
            // As libtorch counts: from either end to the middle.
            double step = count > 1 ? (end - start) / (count - 1) : 0;
            return e.Floats("line", [.. Enumerable.Range(0, (int)count).Select(i => (float)(i < count / 2 ? start + i * step : end - (count - 1 - i) * step))], count);
        }
        string steps = e.Node("Squeeze", [e.Size(2)]), places = e.Node("Cast", [e.Node("Range", [e.Integer(0), steps, e.Integer(1)])], ("to", 1));
        string last = e.Node("Cast", [e.Node("Sub", [steps, e.Integer(1)])], ("to", 1));
        return e.Node("Add", [e.Node("Mul", [places, e.Node("Div", [e.Float(end - start), last])]), e.Float(start)]);
    }

    private static string Identity(OperatorContext e)
    {
        string Count(int axis) => e.Node("Range", [e.Integer(0), e.Node("Squeeze", [e.OutputSize(axis)]), e.Integer(1)]);
        string rows = e.Node("Unsqueeze", [Count(0), e.Integers(1)]), columns = e.Node("Unsqueeze", [Count(1), e.Integers(0)]);
        return e.Cast(e.Node("Equal", [rows, columns]), ScalarType.Bool, e.Output.Type);
    }
}
