using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Steps of random networks that are made of several modules.</summary>
internal static class RandomBlocks
{
    /// <summary>Something over the positions of the image: a normalisation, a fully connected layer, attention, recurrence.</summary>
    public static Func<Tensor, List<Tensor>, Tensor>? Tokens(int v, long channels, long small, long large, Action<nn.Module> part)
    {
        // Attention is quadratic in the positions; and the few channels that a normalisation is over may be nearly equal, so that it
        // returns rounding errors made large.
        if (small * large > 400 || channels < 4)
        {
            return null;
        }
        nn.Module flatten = nn.Flatten(2), order = new Permute(2, 0, 1), back = new Permute(1, 2, 0), unflatten = new UnflattenLike();
        nn.Module middle = (v % 6) switch
        {
            0 => nn.LayerNorm(channels, eps: 0.01),
            1 => nn.Linear(channels, channels, hasBias: v % 4 == 1),
            2 => nn.MultiheadAttention(channels, channels % 2 == 0 ? 2 : 1),
            3 => nn.TransformerEncoderLayer(channels, channels % 2 == 0 ? 2 : 1, 8, activation: v % 4 == 1 ? nn.Activations.GELU : nn.Activations.ReLU),
            4 => nn.GRU(channels, channels),
            _ => nn.LSTM(channels, channels),
        };
        Array.ForEach([flatten, order, middle, back, unflatten], part);
        Tensor Apply(Tensor t) => middle switch
        {
            MultiheadAttention attention => attention.call(t, t, t, null, v % 4 == 0).Item1,
            GRU gru => gru.call(t).Item1,
            LSTM lstm => lstm.call(t).Item1,
            var simple => ((nn.Module<Tensor, Tensor>)simple).call(t),
        };

        return (t, _) => ((UnflattenLike)unflatten).call(((Permute)back).call(Apply(((Permute)order).call(((Flatten)flatten).call(t)))), t);
    }

    /// <summary>One half of the channels weighs the other.</summary>
    public static Func<Tensor, List<Tensor>, Tensor> Gated(int v, long channels, Action<nn.Module> part)
    {
        if (v % 2 == 0)
        {
            nn.Module<Tensor, Tensor> glu = nn.GLU(1);
            part(glu);
            return (t, _) => glu.call(t);
        }
        var chunk = new Chunk(2);
        var mul = new Mul();
        nn.Module<Tensor, Tensor> gate = v % 4 == 1 ? nn.Tanh() : nn.Softsign();
        Array.ForEach<nn.Module>([chunk, mul, gate], part);
        return (t, _) =>
        {
            Tensor[] halves = chunk.call(t);
            return mul.call(halves[0], gate.call(halves[1]));
        };
    }

    /// <summary>Squeeze and excitation: the channels weighed by what they are on average.</summary>
    public static Func<Tensor, List<Tensor>, Tensor> Excited(int v, long channels, Action<nn.Module> part)
    {
        var mean = new Mean([2, 3], keepDims: true);
        nn.Module<Tensor, Tensor> squeeze = nn.Conv2d(channels, 2, 1), excite = nn.Conv2d(2, channels, 1);
        nn.Module<Tensor, Tensor> gate = v % 2 == 0 ? nn.Sigmoid() : nn.Hardsigmoid();
        var mul = new Mul();
        Array.ForEach<nn.Module>([mean, squeeze, excite, gate, mul], part);
        return (t, _) => mul.call(t, gate.call(excite.call(squeeze.call(mean.call(t)))));
    }
}
