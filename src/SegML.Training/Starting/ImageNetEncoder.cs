using SegML.Onnx;
using SegML.Pipelines;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>
/// The ResNet-18 that ML.NET's package Microsoft.ML.DnnImageFeaturizer.ResNet18 brings, trained on ImageNet with CNTK: stages of 2, 2, 2 and 3 blocks, 64
/// channels wide. Its names and the order of its layers say nothing, so weights find their places by how layers are joined.
/// </summary>
internal static class ImageNetEncoder
{
    /// <summary>What training.encoderWeights calls it.</summary>
    public const string Name = "imagenet";

    /// <summary>The package.</summary>
    public const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    private const string Version = "0.23.1";

    private const string Sha256 = "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f";

    private static readonly string FileInModels = Path.Combine("DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    /// <summary>It reads blue, green and red of 0..255 less its own means.</summary>
    internal static TrainedInput Input { get; } = new(
        [103.06262 / 255, 115.902885 / 255, 123.15163 / 255], [1.0 / 255, 1.0 / 255, 1.0 / 255], IsBgr: true);

    /// <summary>The package's file: in the app's own folder, to which the package copies it, or in NuGet's package folder.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <param name="places">Where to look; null: there.</param>
    /// <exception cref="PipelineFormatException">It is in neither.</exception>
    public static string Find(string source, IEnumerable<string>? places = null) => (places ?? Places()).FirstOrDefault(File.Exists) ?? throw new PipelineFormatException(source,
        $"has training.encoderWeights \"{Name}\", but the package {Package} is not there",
        $"get it: dotnet package download {Package}@{Version}; an app adds it: dotnet add package {Package} --version {Version}");

    /// <summary>Whether a file is the package's, wherever it lies.</summary>
    public static bool Is(string path) => File.Exists(path) && EncoderOrigin.HashOf(path) == Sha256;

    /// <summary>Overwrites an encoder's weights.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="path">The file.</param>
    /// <param name="input">What the encoder will be given.</param>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">The encoder is no such ResNet, or the input is none that its first layer can be rewritten for.</exception>
    /// <exception cref="ModelFormatException">The file is not the package's.</exception>
    public static EncoderOrigin Load(nn.Module encoder, string path, InputOptions input, string source)
    {
        if (!Is(path))
        {
            throw new ModelFormatException(path, $"is not the ResNet-18 of {Package} {Version} (another SHA-256)", "restore the package anew");
        }
        int tensors = LoadByStructure(encoder, path, input, Input, source);
        return new EncoderOrigin($"{Package} {Version}, trained on ImageNet", tensors, Sha256, "MIT");
    }

    /// <summary>The same of any ONNX model of a ResNet, whatever its names.</summary>
    /// <param name="encoder">A <see cref="ResNetEncoder"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="input">What the encoder will be given.</param>
    /// <param name="trained">What the weights were trained with.</param>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <returns>How many tensors were read: all of the encoder's.</returns>
    internal static int LoadByStructure(nn.Module encoder, string path, InputOptions input, TrainedInput trained, string source)
    {
        if (encoder is not ResNetEncoder target)
        {
            throw new PipelineFormatException(source, "has training.encoderWeights of a ResNet, but the network's encoder is none",
                "choose resnet-light, fcn or deeplabv3plus");
        }
        var fold = InputFold.Between(input, trained, source);
        using ResNetEncoder plain = target.Plain();
        using var trunk = new Trunk(plain);
        trunk.eval();
        OnnxWeightReport report = Read(trunk, path);
        if (report.Missing.Count > 0)
        {
            throw new ModelFormatException(path, $"lacks {report.Missing.Count} of the encoder's weights, {report.Missing[0]} for one",
                "leave width at 64 and encoderDepth at 18, with encoderBlocks of at most [2, 2, 2, 3]");
        }
        FirstLayer.Of(target)!.Copy(plain.state_dict(), target, fold);
        return report.Loaded.Count;
    }

    private static OnnxWeightReport Read(Trunk trunk, string path)
    {
        try
        {
            // At 64 pixels a side every stage has more than one: a mean over all would read as a pooling of another kind.
            using Tensor example = zeros(1, 3, 64, 64);
            return OnnxWeights.LoadByStructure(trunk, example, path);
        }
        catch (OnnxExportException e)
        {
            throw new ModelFormatException(path, $"cannot be read for training.encoderWeights ({e.Message.TrimEnd('.')})", "give an ONNX model of a ResNet", e);
        }
    }

    internal static IEnumerable<string> Places()
    {
        yield return Path.Combine(AppContext.BaseDirectory, FileInModels);
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        yield return Path.Combine(packages, Package.ToLowerInvariant(), Version, "tools", FileInModels);
    }

    /// <summary>The encoder as a module of one output, which can be traced.</summary>
    internal sealed class Trunk : nn.Module<Tensor, Tensor>
    {
        private readonly ResNetEncoder encoder;

        public Trunk(ResNetEncoder encoder) : base(nameof(Trunk))
        {
            this.encoder = encoder;
            RegisterComponents();
        }

        public override Tensor forward(Tensor image)
        {
            (_, _, _, Tensor x16, Tensor? x32) = encoder.AllFeatures(image);
            return x32 ?? x16;
        }
    }
}
