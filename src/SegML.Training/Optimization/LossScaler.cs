using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// Dynamic loss scaling (Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740): float16 gradients below 6e-8 would be 0, so the loss
/// is multiplied by a scale and the gradients divided by it. A step whose gradients overflow is left out and halves the scale; 2000 good
/// ones in a row double it, as in PyTorch.
/// </summary>
internal sealed class LossScaler : IDisposable
{
    /// <summary>Good steps in a row that double the scale.</summary>
    public const int Patience = 2000;

    private const double First = 65536, Greatest = 1L << 40;
    private readonly Dictionary<string, Tensor> _state = new(StringComparer.Ordinal)
    {
        ["scale"] = tensor(First, ScalarType.Float64).DetachFromDisposeScope(),
        ["good"] = tensor(0L).DetachFromDisposeScope(),
        ["skipped"] = tensor(0L).DetachFromDisposeScope(),
    };

    /// <summary>What the loss is multiplied by.</summary>
    public double Scale => _state["scale"].item<double>();

    /// <summary>Steps left out so far.</summary>
    public int Skipped => (int)_state["skipped"].item<long>();

    /// <summary>Whether steps overflow however small the scale is: then it is not the scale's fault.</summary>
    public bool IsLost => Scale < 1;

    /// <summary>Everything that an exact continuation needs, by name. The tensors stay the scaler's.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>Notes how a step's gradients came out.</summary>
    /// <param name="finite">Whether they are finite, so that the step is taken.</param>
    public void Note(bool finite)
    {
        using DisposeScope scope = NewDisposeScope();
        long good = finite ? _state["good"].item<long>() + 1 : 0;
        if (!finite)
        {
            _state["skipped"].add_(1);
            _state["scale"].mul_(0.5);
        }
        else if (good == Patience)
        {
            good = 0;
            _state["scale"].mul_(Scale < Greatest ? 2 : 1);
        }
        _state["good"].fill_(good);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _state.Values)
        {
            tensor.Dispose();
        }
    }
}
