using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>What models of one origin have in common: how they take images and what their output means.</summary>
/// <param name="Name">What <c>segml model adopt --preset</c> calls it.</param>
/// <param name="Origin">Whose models it describes, and what it reads beside the model.</param>
public sealed record ModelPreset(string Name, string Origin)
{
    /// <summary>The presets that there are.</summary>
    public static IReadOnlyList<ModelPreset> All { get; } =
    [
        new("torchvision", "torchvision.models.segmentation: ImageNet normalisation, short side 520, output \"out\"") { Make = TorchVision },
        new("smp", "segmentation_models.pytorch: ImageNet normalisation, sides in multiples of 32") { Make = SegmentationModels },
        new("hf", "Hugging Face (Optimum): reads config.json and preprocessor_config.json") { Make = HuggingFace.Describe },
        new("ultralytics", "Ultralytics semantic models: letterbox, 0..1; reads the names in the model") { Make = Ultralytics.Describe },
        new("paddleseg", "PaddleSeg through paddle2onnx: reads deploy.yaml") { Make = PaddleSeg.Describe },
        new("mmseg", "MMSegmentation through MMDeploy: reads pipeline.json") { Make = MMSegmentation.Describe },
        new("u2net", "U2-Net and rembg's models of its kind: 320x320, the first of its outputs, stretched from its least to its greatest value") { Make = s => Saliency(s, 320, PresetSource.ImageNetMean, PresetSource.ImageNetStd) },
        new("isnet", "IS-Net (DIS), also in rembg: 1024x1024, as u2net") { Make = s => Saliency(s, 1024, [0.5f], [1]) },
        new("modnet", "MODNet and other mattes: -1..1, alpha as the foreground's probability") { Make = ModNet },
    ];

    /// <summary>Describes a model; undefined for presets that are not one of <see cref="All"/>.</summary>
    internal Func<PresetSource, ModelDescription> Make { get; private init; } = _ => new ModelDescription();

    /// <summary>A preset by its name; null: there is none.</summary>
    public static ModelPreset? Of(string name) => All.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Describes a model of this origin.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="folder">The folder with the files that came with it. Null: the model's own.</param>
    /// <exception cref="ModelFormatException">The file is missing or no model, lacks what its origin would have written, or is evidently of another origin.</exception>
    public ModelDescription Describe(string path, string? folder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var graph = ForeignGraph.Read(SessionFactory.ReadFile(path), path);
        return Make(new PresetSource(graph, folder ?? Path.GetDirectoryName(Path.GetFullPath(path))!));
    }

    private static ModelDescription TorchVision(PresetSource source)
    {
        string? output = source.Graph.Outputs.Any(o => o.Name == "out") ? "out" : null;
        if (source.Channels(output) == 1)
        {
            throw Other(source, "gives one channel, and torchvision's models give one for each class", "choose smp, u2net or modnet, or describe it");
        }
        return new ModelDescription
        {
            Input = source.Sized(ImageNet, 520, 520, InputFit.ShortSide),
            Output = new OutputDescription { Name = output },
            Classes = source.Channels(output) == KnownClasses.Voc.Count ? PresetSource.Classes(KnownClasses.Voc) : null,
        };
    }

    private static ModelDescription SegmentationModels(PresetSource source) => new()
    {
        Input = source.HasFixedSize ? ImageNet with { Fit = InputFit.Stretch } : ImageNet with { Fit = InputFit.Original, Multiple = 32 },
        Output = new OutputDescription { Meaning = source.Channels() == 1 && !source.EndsIn(LastNode.Sigmoid) ? OutputMeaning.SigmoidLogits : null },
    };

    private static ModelDescription Saliency(PresetSource source, int size, float[] mean, float[] std)
    {
        if (source.Channels() is > 1 and var channels)
        {
            throw Other(source, $"gives {channels} channels, and a saliency model gives one", "choose torchvision, smp or hf, or describe it");
        }
        return new ModelDescription
        {
            Input = source.Sized(new InputDescription { Mean = mean, Std = std }, size, size, InputFit.Stretch),
            Output = new OutputDescription { Meaning = OutputMeaning.Saliency },
        };
    }

    private static ModelDescription ModNet(PresetSource source)
    {
        if (source.Channels() is > 1 and var channels)
        {
            throw Other(source, $"gives {channels} channels, and a matte is one", "choose torchvision, smp or hf, or describe it");
        }
        InputDescription input = source.Sized(new InputDescription { Mean = [0.5f], Std = [0.5f], Filter = ResizeFilter.Area }, 512, 512, InputFit.ShortSide);
        return new ModelDescription
        {
            Input = source.HasFixedSize ? input : input with { Multiple = 32 },
            Output = new OutputDescription { Meaning = OutputMeaning.Sigmoid },
        };
    }

    private static InputDescription ImageNet => new() { Mean = PresetSource.ImageNetMean, Std = PresetSource.ImageNetStd };

    internal static ModelFormatException Other(PresetSource source, string fault, string fix) => new(source.Graph.FileName, fault, fix);
}
