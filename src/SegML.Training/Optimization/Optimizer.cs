using SegML.Pipelines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// Updates parameters from their gradients. Unlike TorchSharp's optimizers it keeps all of its state in named tensors, so that a
/// checkpoint restores it exactly.
/// </summary>
internal abstract class Optimizer : IDisposable
{
    private readonly Dictionary<string, Tensor> _state = new(StringComparer.Ordinal);
    private readonly (string Name, Parameter Parameter)[] _parameters;

    /// <param name="parameters">What is updated, by name.</param>
    protected Optimizer(IEnumerable<(string Name, Parameter Parameter)> parameters) => _parameters = [.. parameters];

    /// <summary>What the learning rate is multiplied by for the parameters of the network's child "encoder". Default 1.</summary>
    public double EncoderFactor { get; init; } = 1;

    /// <summary>Everything that an exact continuation needs, by name. The tensors stay the optimizer's.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>Makes the optimizer that options name.</summary>
    public static Optimizer Create(IEnumerable<(string Name, Parameter Parameter)> parameters, TrainingOptions options) => options.Optimizer switch
    {
        OptimizerKind.AdamW or OptimizerKind.Adam => new Adam(parameters, options) { EncoderFactor = options.EncoderRate },
        OptimizerKind.Sgd => new Sgd(parameters, options) { EncoderFactor = options.EncoderRate },
        OptimizerKind.Muon => new Muon(parameters, options) { EncoderFactor = options.EncoderRate },
        OptimizerKind.RmsProp => new RmsProp(parameters, options) { EncoderFactor = options.EncoderRate },
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Optimizer, "is not an optimizer"),
    };

    /// <summary>The L2 norm of all gradients together; not a finite number where one of them holds none.</summary>
    public double GradientNorm()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] norms = [.. Gradients().Select(gradient => gradient.norm())];
        return norms.Length == 0 ? 0 : stack(norms).norm().item<float>();
    }

    /// <summary>Multiplies all gradients.</summary>
    public void ScaleGradients(double factor)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (Tensor gradient in Gradients())
        {
            gradient.mul_(factor);
        }
    }

    /// <summary>Forgets all gradients.</summary>
    public void DropGradients()
    {
        foreach ((_, Parameter parameter) in _parameters)
        {
            parameter.grad = null;
        }
    }

    /// <summary>One step, after which the gradients are gone.</summary>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="step">Steps taken before, from 0.</param>
    public void Step(double learningRate, int step)
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
                Update(name, parameter, gradient, decays: parameter.dim() > 1, rate, step);
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
    protected abstract void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int step);

    /// <summary>Adds a state tensor of zeros for each parameter, or for those that are chosen.</summary>
    protected void AddState(string suffix, Func<Tensor, bool>? chosen = null)
    {
        foreach ((string name, Parameter parameter) in _parameters.Where(p => chosen?.Invoke(p.Parameter) ?? true))
        {
            _state.Add($"{name}.{suffix}", zeros_like(parameter).requires_grad_(false).DetachFromDisposeScope());
        }
    }

    private IEnumerable<Tensor> Gradients() => _parameters.Select(p => p.Parameter.grad).OfType<Tensor>();
}
