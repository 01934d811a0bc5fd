using SegML.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Every covered module alone, with random weights, at the example's size, an odd one, and another with a batch of two.</summary>
[TestClass]
public sealed class ModuleParityTests
{
    private static readonly long[] Line = [1, 4, 14], Image = [1, 4, 12, 14], Volume = [1, 4, 6, 8, 6];

    private static readonly (string Name, long[] Shape, Func<nn.Module> Create)[] Cases =
    [
        ("Conv1d", Line, () => nn.Conv1d(4, 6, 3, stride: 2, padding: 1, groups: 2)),
        ("Conv1d same, reflect", Line, () => nn.Conv1d(4, 3, 4, padding: Padding.Same, padding_mode: PaddingModes.Reflect, dilation: 2)),
        ("Conv1d circular", Line, () => nn.Conv1d(4, 3, 3, padding: 2, padding_mode: PaddingModes.Circular)),
        ("Conv2d", Image, () => nn.Conv2d(4, 6, 3)),
        ("Conv2d valid", Image, () => nn.Conv2d(4, 6, (3, 2), stride: (1, 1), padding: Padding.Valid)),
        ("Conv2d constant", Image, () => nn.Conv2d(4, 6, 3, padding: 1, padding_mode: PaddingModes.Constant)),
        ("Conv2d strided", Image, () => nn.Conv2d(4, 6, (3, 5), (2, 1), (1, 2), (1, 2), groups: 2, bias: false)),
        ("Conv2d same", Image, () => nn.Conv2d(4, 5, (4, 3), stride: (1, 1), padding: Padding.Same, dilation: (1, 2))),
        ("Conv2d reflect", Image, () => nn.Conv2d(4, 5, 3, padding: 2, padding_mode: PaddingModes.Reflect)),
        ("Conv2d replicate", Image, () => nn.Conv2d(4, 5, 3, padding: 2, padding_mode: PaddingModes.Replicate)),
        ("Conv2d circular", Image, () => nn.Conv2d(4, 5, 3, padding: 2, padding_mode: PaddingModes.Circular)),
        ("Conv2d depthwise", Image, () => nn.Conv2d(4, 8, 3, padding: 1, groups: 4)),
        ("Conv3d", Volume, () => nn.Conv3d(4, 3, 3, padding: 1)),
        ("Conv3d grouped, strided, dilated", Volume, () => nn.Conv3d(4, 6, (1, 3, 2), stride: (2, 1, 1), padding: (0, 1, 1), dilation: (1, 2, 1), groups: 2, bias: false)),
        ("Conv3d replicate", Volume, () => nn.Conv3d(4, 3, 3, padding: 1, padding_mode: PaddingModes.Replicate)),
        ("Conv3d circular", Volume, () => nn.Conv3d(4, 3, 3, padding: 1, padding_mode: PaddingModes.Circular)),
        ("ConvTranspose1d grouped, dilated", Line, () => nn.ConvTranspose1d(4, 6, 3, stride: 2, padding: 1, output_padding: 1, dilation: 2, groups: 2)),
        ("ConvTranspose3d strided", Volume, () => nn.ConvTranspose3d(4, 4, (1, 3, 2), stride: (1, 2, 3), padding: (0, 1, 0), output_padding: (0, 1, 1), groups: 2)),
        ("ConvTranspose1d", Line, () => nn.ConvTranspose1d(4, 3, 4, stride: 2, padding: 1)),
        ("ConvTranspose2d", Image, () => nn.ConvTranspose2d(4, 6, 3, stride: 2, padding: 1, output_padding: 1, groups: 2)),
        ("ConvTranspose2d, output padding of one side", Image, () => nn.ConvTranspose2d(4, 4, (3, 2), stride: (2, 3), padding: (1, 0), output_padding: (1, 0))),
        ("ConvTranspose2d dilated", Image, () => nn.ConvTranspose2d(4, 6, 3, stride: 3, dilation: 2, bias: false)),
        ("ConvTranspose3d", Volume, () => nn.ConvTranspose3d(4, 3, 2, stride: 2)),
        ("Linear", [3, 4], () => nn.Linear(4, 5)),
        ("Linear no bias", [3, 4], () => nn.Linear(4, 5, hasBias: false)),
        ("Linear 4-D", Image, () => nn.Linear(14, 5)),
        ("BatchNorm1d", [6, 4], () => nn.BatchNorm1d(4)),
        ("BatchNorm1d 3-D", Line, () => nn.BatchNorm1d(4)),
        ("BatchNorm2d", Image, () => nn.BatchNorm2d(4)),
        ("BatchNorm2d not affine", Image, () => nn.BatchNorm2d(4, eps: 1e-3, affine: false)),
        ("BatchNorm3d", Volume, () => nn.BatchNorm3d(4)),
        ("InstanceNorm1d", Line, () => nn.InstanceNorm1d(4)),
        ("InstanceNorm2d", Image, () => nn.InstanceNorm2d(4)),
        ("InstanceNorm2d affine", Image, () => nn.InstanceNorm2d(4, affine: true)),
        ("InstanceNorm2d tracked", Image, () => nn.InstanceNorm2d(4, affine: true, track_running_stats: true)),
        ("InstanceNorm3d", Volume, () => nn.InstanceNorm3d(4)),
        ("GroupNorm", Image, () => nn.GroupNorm(2, 4)),
        ("GroupNorm not affine", Line, () => nn.GroupNorm(4, 4, affine: false)),
        ("LayerNorm", Image, () => nn.LayerNorm([14])),
        ("LayerNorm 2 dims", Image, () => nn.LayerNorm([12, 14])),
        ("LayerNorm plain", Image, () => nn.LayerNorm([14], elementwise_affine: false)),
        ("LocalResponseNorm", Image, () => nn.LocalResponseNorm(3, alpha: 0.1)),
        ("LocalResponseNorm even", Line, () => nn.LocalResponseNorm(2, alpha: 0.5, k: 2)),
        ("LocalResponseNorm 3d", Volume, () => nn.LocalResponseNorm(3, alpha: 0.2, beta: 0.5)),
        ("GroupNorm 3d", Volume, () => nn.GroupNorm(2, 4)),
        ("LayerNorm 3 dims", Volume, () => nn.LayerNorm([6, 8, 6], eps: 1e-3)),
        ("MaxPool1d", Line, () => nn.MaxPool1d(3, 2, 1)),
        ("MaxPool1d ceil, dilated", Line, () => nn.MaxPool1d(2, 3, 1, 2, ceil_mode: true)),
        ("MaxPool3d ceil", Volume, () => nn.MaxPool3d((2, 3, 2), (1, 2, 2), (0, 1, 1), ceil_mode: true)),
        ("AvgPool1d ceil", Line, () => nn.AvgPool1d(3, 2, 1, ceil_mode: true)),
        ("AvgPool1d ceil not counted", Line, () => nn.AvgPool1d(3, 2, 1, ceil_mode: true, count_include_pad: false)),
        ("AvgPool3d ceil", Volume, () => nn.AvgPool3d((3, 2, 3), (2, 2, 2), (1, 1, 0), ceil_mode: true)),
        ("AvgPool3d ceil not counted", Volume, () => nn.AvgPool3d((3, 2, 3), (2, 2, 2), (1, 1, 0), ceil_mode: true, count_include_pad: false)),
        ("AvgPool3d divisor", Volume, () => nn.AvgPool3d((2, 2, 2), (2, 2, 2), divisor_override: 3)),
        ("LPPool1d ceil, of 3", Line, () => nn.LPPool1d(4, 3, 2, ceil_mode: true)),
        ("LPPool2d of 1", Image, () => nn.LPPool2d(1, 2)),
        ("LPPool2d of 4, ceil", Image, () => nn.LPPool2d(4, 3, stride: 2, ceil_mode: true)),
        ("Unfold", Image, () => nn.Unfold(3, padding: 1)),
        ("Unfold strided", Image, () => nn.Unfold((2, 3), dilation: (2, 1), padding: (1, 0), stride: (1, 2))),
        ("Fold", [1, 12, 25], () => nn.Fold((6, 7), (2, 3), stride: (1, 1))),
        ("Fold with a rest", [1, 8, 16], () => nn.Fold((8, 9), (2, 2), padding: (0, 1), stride: (2, 3))),
        ("MaxPool2d", Image, () => nn.MaxPool2d(2)),
        ("MaxPool2d ceil", Image, () => nn.MaxPool2d(3, 2, 1, ceil_mode: true)),
        ("MaxPool2d ceil dropped window", Image, () => nn.MaxPool2d(2, 3, 1, ceil_mode: true)),
        ("MaxPool2d dilated", Image, () => nn.MaxPool2d(3, 1, 1, 2)),
        ("MaxPool3d", Volume, () => nn.MaxPool3d(2)),
        ("AvgPool1d", Line, () => nn.AvgPool1d(3, 2, 1)),
        ("AvgPool2d", Image, () => nn.AvgPool2d(3, 2, 1)),
        ("AvgPool2d no padding counted", Image, () => nn.AvgPool2d(3, 2, 1, count_include_pad: false)),
        ("AvgPool2d ceil", Image, () => nn.AvgPool2d(3, 2, 1, ceil_mode: true)),
        ("AvgPool2d ceil not counted", Image, () => nn.AvgPool2d(3, 2, 1, ceil_mode: true, count_include_pad: false)),
        ("AvgPool2d divisor", Image, () => nn.AvgPool2d(3, 2, 1, divisor_override: 4)),
        ("AvgPool3d", Volume, () => nn.AvgPool3d(2)),
        ("LPPool1d", Line, () => nn.LPPool1d(2, 3)),
        ("LPPool2d", Image, () => nn.LPPool2d(2, 3, stride: 2)),
        ("AdaptiveAvgPool1d", Line, () => nn.AdaptiveAvgPool1d(3)),
        ("AdaptiveAvgPool2d 1", Image, () => nn.AdaptiveAvgPool2d(1)),
        ("AdaptiveAvgPool2d 3x5", Image, () => nn.AdaptiveAvgPool2d((3, 5))),
        ("AdaptiveAvgPool3d", Volume, () => nn.AdaptiveAvgPool3d((2, 1, 3))),
        ("AdaptiveMaxPool1d", Line, () => nn.AdaptiveMaxPool1d(4)),
        ("AdaptiveMaxPool2d 1", Image, () => nn.AdaptiveMaxPool2d([1, 1])),
        ("AdaptiveMaxPool2d 6x7", Image, () => nn.AdaptiveMaxPool2d([6, 7])),
        ("ConstantPad1d", Line, () => nn.ConstantPad1d((1, 2), 0.5)),
        ("ConstantPad2d", Image, () => nn.ConstantPad2d((1, 2, 3, 0), -0.5)),
        ("ConstantPad3d", Volume, () => nn.ConstantPad3d((1, 2, 3, 0, 1, 1), 2)),
        ("ZeroPad2d", Image, () => nn.ZeroPad2d((1, 2, 3, 0))),
        ("ReflectionPad1d", Line, () => nn.ReflectionPad1d((2, 1))),
        ("ReflectionPad2d", Image, () => nn.ReflectionPad2d((1, 2, 3, 0))),
        ("ReflectionPad3d", Volume, () => nn.ReflectionPad3d((1, 2, 3, 0, 1, 1))),
        ("ReplicationPad1d", Line, () => nn.ReplicationPad1d((2, 1))),
        ("ReplicationPad2d", Image, () => nn.ReplicationPad2d((1, 2, 3, 0))),
        ("ReplicationPad3d", Volume, () => nn.ReplicationPad3d((1, 2, 3, 0, 1, 1))),
        ("Upsample nearest", Image, () => nn.Upsample(scale_factor: [2, 3], mode: UpsampleMode.Nearest)),
        ("Upsample nearest 1.5", Image, () => nn.Upsample(scale_factor: [1.5, 1.5], mode: UpsampleMode.Nearest)),
        ("Upsample bilinear", Image, () => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: false)),
        ("Upsample bilinear 1.7", Image, () => nn.Upsample(scale_factor: [1.7, 0.6], mode: UpsampleMode.Bilinear, align_corners: false)),
        ("Upsample bilinear recomputed", Image, () => nn.Upsample(scale_factor: [1.7, 0.6], mode: UpsampleMode.Bilinear, align_corners: false, recompute_scale_factor: true)),
        ("Upsample bilinear corners", Image, () => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: true)),
        ("Upsample bilinear size", Image, () => nn.Upsample([20, 9], mode: UpsampleMode.Bilinear, align_corners: false)),
        ("Upsample nearest size", Image, () => nn.Upsample([24, 27], mode: UpsampleMode.Nearest)),
        ("Upsample bicubic", Image, () => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bicubic, align_corners: false)),
        ("Upsample bicubic corners", Image, () => nn.Upsample([20, 9], mode: UpsampleMode.Bicubic, align_corners: true)),
        ("Upsample linear", Line, () => nn.Upsample(scale_factor: [2], mode: UpsampleMode.Linear, align_corners: false)),
        ("Upsample trilinear", Volume, () => nn.Upsample(scale_factor: [2, 2, 2], mode: UpsampleMode.Trilinear, align_corners: false)),
        ("Flatten", [1, 4, 3, 5], () => nn.Flatten()),
        ("Flatten middle", Volume, () => nn.Flatten(2, 3)),
        ("Flatten none", Image, () => nn.Flatten(2, 2)),
        ("Unflatten", Image, () => nn.Unflatten(1, [2, 2])),
        ("PixelShuffle", Image, () => nn.PixelShuffle(2)),
        ("PixelUnshuffle", Image, () => nn.PixelUnshuffle(2)),
        ("ChannelShuffle", Image, () => nn.ChannelShuffle(2)),
        ("Identity", Image, () => nn.Identity()),
        ("empty Sequential", Image, () => nn.Sequential()),
        ("Dropout", Image, () => nn.Dropout()),
        ("Dropout2d", Image, () => nn.Dropout2d()),
        ("AlphaDropout", Image, () => nn.AlphaDropout()),
    ];

    private static readonly (string Name, Func<nn.Module> Create)[] Activations =
    [
        ("ReLU", () => nn.ReLU()), ("ReLU in place", () => nn.ReLU(inplace: true)), ("ReLU6", () => nn.ReLU6()),
        ("Hardtanh in place", () => nn.Hardtanh(-0.5, 0.7, inplace: true)), ("LeakyReLU", () => nn.LeakyReLU(0.2)), ("RReLU", () => nn.RReLU()),
        ("PReLU", () => nn.PReLU(1)), ("PReLU per channel", () => nn.PReLU(4)), ("ELU", () => nn.ELU(0.7)), ("CELU", () => nn.CELU(0.7)),
        ("SELU", () => nn.SELU()), ("Threshold", () => nn.Threshold(0.3, -2)), ("Hardshrink", () => nn.Hardshrink(0.4)),
        ("Softshrink", () => nn.Softshrink(0.4)), ("Sigmoid", () => nn.Sigmoid()), ("LogSigmoid", () => nn.LogSigmoid()),
        ("Hardsigmoid", () => nn.Hardsigmoid()), ("Hardswish", () => nn.Hardswish()), ("Hardswish in place", () => nn.Hardswish(inplace: true)),
        ("Tanh", () => nn.Tanh()), ("Tanhshrink", () => nn.Tanhshrink()), ("Softsign", () => nn.Softsign()), ("Softplus", () => nn.Softplus()),
        ("Softplus low threshold", () => nn.Softplus(2, 1)), ("SiLU", () => nn.SiLU()), ("Mish", () => nn.Mish()), ("GELU", () => nn.GELU()),
        ("GELU tanh", () => nn.GELU(TorchSharp.Modules.GELU.Approximate.tanh)), ("GLU", () => nn.GLU(1)), ("Softmax", () => nn.Softmax(1)),
        ("Softmax last", () => nn.Softmax(-1)), ("Softmax2d", () => nn.Softmax2d()), ("Softmin", () => nn.Softmin(1)),
        ("LogSoftmax", () => nn.LogSoftmax(1)),
    ];

    /// <summary>All covered modules, and a shape of input for each.</summary>
    internal static IEnumerable<(string Name, long[] Shape, Func<nn.Module> Create)> All => Cases.Concat(Activations.Select(a => (a.Name, Image, a.Create)));

    public static IEnumerable<object[]> Names => All.Select(c => new object[] { c.Name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TheExportAgrees(string name) => Check(name, opset: 18);

    [TestMethod]
    [DataRow(OnnxExporter.MinOpset)]
    [DataRow(OnnxExporter.MaxOpset)]
    public void TheExportAgreesAtTheEndsOfTheOpsets(int opset)
    {
        string[] wrong = [.. Names.Select(n => (string)n[0]).Select(n => Fault(n, opset)).OfType<string>()];
        Assert.AreEqual("", string.Join("\n", wrong));
    }

    private static string? Fault(string name, int opset)
    {
        try
        {
            Check(name, opset);
            return null;
        }
        catch (OnnxExportException e)
        {
            return $"{name}: {e.Message}";
        }
    }

    private static void Check(string name, int opset)
    {
        (string _, long[] shape, Func<nn.Module> create) = All.Single(c => c.Name == name);
        using var exported = new Exported();
        using nn.Module module = create();
        OnnxExportReport report = exported.Export(module, shape, Exported.Random with { Opset = opset });
        Assert.IsGreaterThan(1, report.Shapes.Count);
        Assert.IsTrue(File.Exists(exported.File));
    }
}
