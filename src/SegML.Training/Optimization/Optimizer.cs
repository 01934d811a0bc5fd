using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// Updates a network's parameters from their gradients. Unlike TorchSharp's optimizers it keeps all of its state in named
/// tensors, so that a checkpoint restores it exactly.
/// </summary>
internal abstract class Optimizer : IDisposable
{
    private readonly Dictionary<string, Tensor> _state = new(StringComparer.Ordinal);
    private readonly (string Name, Parameter Parameter)[] _parameters;

    /// <param name="network">Its parameters are updated.</param>
    protected Optimizer(nn.Module network) => _parameters = [.. network.named_parameters()];

    /// <summary>What the learning rate is multiplied by for the parameters of the network's child "encoder". Default 1.</summary>
    public double EncoderFactor { get; init; } = 1;

    /// <summary>Everything that an exact continuation needs, by name. The tensors stay the optimizer's.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>One step, after which the gradients are gone.</summary>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="iteration">Steps taken before, from 0.</param>
    public void Step(double learningRate, int iteration)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter parameter) in _parameters)
        {
            Tensor? gradient = parameter.grad;
            if (gradient is not null)
            {
                // Batch norm's scales and shifts, and biases: decay would pull them to 0, which regularises nothing.
                double rate = name.StartsWith("encoder.", StringComparison.Ordinal) ? learningRate * EncoderFactor : learningRate;
                Update(name, parameter, gradient, decays: parameter.dim() > 1, rate, iteration);
                parameter.grad = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _state.Values)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Updates one parameter in place.</summary>
    protected abstract void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int iteration);

    /// <summary>Adds a state tensor of zeros for each parameter.</summary>
    protected void AddState(string suffix)
    {
        foreach ((string name, Parameter parameter) in _parameters)
        {
            _state.Add($"{name}.{suffix}", zeros_like(parameter).requires_grad_(false).DetachFromDisposeScope());
        }
    }
}
