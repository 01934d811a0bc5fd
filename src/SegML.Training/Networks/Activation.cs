using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>What follows a convolution and its batch norm. Weights start as He et al. 2015 have it for ReLU, whichever it is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Activation>))]
public enum Activation
{
    /// <summary>max(x, 0).</summary>
    [JsonStringEnumMemberName("relu")] Relu,

    /// <summary>x above 0, x / 100 below (Maas et al. 2013).</summary>
    [JsonStringEnumMemberName("leakyRelu")] LeakyRelu,

    /// <summary>x above 0, e^x - 1 below (Clevert et al. 2016).</summary>
    [JsonStringEnumMemberName("elu")] Elu,

    /// <summary>x sigmoid(x), also called swish (Ramachandran et al. 2017).</summary>
    [JsonStringEnumMemberName("silu")] Silu,

    /// <summary>x times the normal distribution's share below x (Hendrycks and Gimpel 2016).</summary>
    [JsonStringEnumMemberName("gelu")] Gelu,

    /// <summary>x min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, MobileNetV3).</summary>
    [JsonStringEnumMemberName("hardswish")] Hardswish,

    /// <summary>x tanh(ln(1 + e^x)) (Misra 2019).</summary>
    [JsonStringEnumMemberName("mish")] Mish,
}

/// <summary>The modules of activations.</summary>
internal static class ActivationModules
{
    /// <summary>Makes the module, which has no parameters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public static nn.Module<Tensor, Tensor> Create(this Activation activation) => activation switch
    {
        Activation.Relu => nn.ReLU(),
        Activation.LeakyRelu => nn.LeakyReLU(0.01),
        Activation.Elu => nn.ELU(),
        Activation.Silu => nn.SiLU(),
        Activation.Gelu => nn.GELU(),
        Activation.Hardswish => nn.Hardswish(),
        Activation.Mish => nn.Mish(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "is not an activation"),
    };
}
