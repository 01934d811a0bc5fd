using SegML.Pipelines;
using SegML.Training.Networks;
using SegML.Training.Starting;
using SegML.Training.Teaching;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>The networks of a run, with the weights that they start from.</summary>
internal sealed class RunNetworks
{
    private RunNetworks()
    {
    }

    /// <summary>The network that learns.</summary>
    public required SegmentationNetwork Learning { get; init; }

    /// <summary>The network that holds the average of its weights, which is validated and exported.</summary>
    public required SegmentationNetwork Average { get; init; }

    /// <summary>The heads for deep supervision; null where the pipeline asks for none.</summary>
    public required AuxiliaryHeads? Heads { get; init; }

    /// <summary>What was taken from training.startFrom; null: nothing.</summary>
    public required StartingPoint? Start { get; init; }

    /// <summary>Where the encoder's first weights came from; null: it starts as the rest does, or the run goes on.</summary>
    public required EncoderOrigin? Encoder { get; init; }

    /// <summary>Models to learn from besides the masks; null: none.</summary>
    public required Teachers? Teachers { get; init; }

    /// <summary>What convolutions compute in while training.</summary>
    public required Precision Precision { get; init; }

    /// <summary>All that an optimizer updates, by name.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters => [.. Learning.named_parameters(), .. HeadParameters];

    /// <summary>The heads' part of <see cref="Parameters"/>.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> HeadParameters =>
        Heads is null ? [] : Heads.named_parameters().Select(p => ("auxiliary." + p.name, p.parameter));

    /// <summary>
    /// Creates the networks. All that can be wrong with the network, its options and the weights to start from is found here, without a sample.
    /// Sets TorchSharp's seed.
    /// </summary>
    /// <param name="pipeline">What is trained.</param>
    /// <param name="isNew">Whether the run begins here; if not, a checkpoint overwrites the weights.</param>
    /// <param name="device">Where the networks go.</param>
    /// <param name="parts">Owns what is created.</param>
    /// <exception cref="PipelineFormatException">The network or an option is not known, or the network cannot do what training asks of it.</exception>
    /// <exception cref="ModelFormatException">Weights to start from are missing, damaged or another network's.</exception>
    public static RunNetworks Create(Pipeline pipeline, bool isNew, Device device, OwnedParts parts)
    {
        TrainingOptions training = pipeline.Training;
        TorchLibrary.Require();
        // In this order, because each draws its first weights from the one sequence of random numbers.
        manual_seed(training.Seed);
        SegmentationNetwork learning = parts.Add(CreateOne(pipeline)), average = parts.Add(CreateOne(pipeline));
        StartingPoint? start = isNew && training.StartFrom is { } from ? StartingPoint.Apply(learning, pipeline, from) : null;
        EncoderOrigin? encoder = isNew && training.EncoderWeights is { } weights ? EncoderWeights.Load(learning, weights, pipeline.Input, pipeline.Source) : null;
        GuardEncoder(pipeline, learning);
        Precision precision = TorchDevice.Resolve(training.Precision, device);
        AuxiliaryHeads? heads = CreateHeads(pipeline, learning, parts);
        Teachers? teachers = training.Teacher is { } teacher ? parts.Add(Teachers.Open(teacher, pipeline, device)) : null;
        learning.to(device);
        average.to(device);
        ConvLayer.SetPrecision(learning, precision);
        if (heads is not null)
        {
            heads.to(device);
            ConvLayer.SetPrecision(heads, precision);
        }
        return new RunNetworks { Learning = learning, Average = average, Heads = heads, Start = start, Encoder = encoder, Teachers = teachers, Precision = precision };
    }

    private static SegmentationNetwork CreateOne(Pipeline pipeline) =>
        NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count, pipeline.Source, pipeline.Input.ChannelCount);

    /// <summary>Heads for deep supervision, where that is asked for.</summary>
    private static AuxiliaryHeads? CreateHeads(Pipeline pipeline, SegmentationNetwork network, OwnedParts parts)
    {
        if (pipeline.Training.AuxiliaryFactor == 0)
        {
            return null;
        }
        return network.StageChannels.Count > 0
            ? parts.Add(new AuxiliaryHeads(network.StageChannels, pipeline.Classes.Count))
            : throw new PipelineFormatException(pipeline.Source, $"has training.auxiliaryFactor, but {pipeline.Network.Name} has no stages for auxiliary heads",
                "choose a network with stages, such as fcn-light, unet or fcn, or leave the option out");
    }

    /// <summary>Freezes the encoder where that is asked for.</summary>
    private static void GuardEncoder(Pipeline pipeline, SegmentationNetwork network)
    {
        TrainingOptions training = pipeline.Training;
        if (!training.FreezeEncoder && training.EncoderRate == 1)
        {
            return;
        }
        nn.Module encoder = network.Encoder ?? throw new PipelineFormatException(pipeline.Source,
            $"has {(training.FreezeEncoder ? "training.freezeEncoder" : "training.encoderLearningRateFactor")}, but {pipeline.Network.Name} has no encoder",
            "choose a network with an encoder, such as resnet-light, or leave the option out");
        if (training.FreezeEncoder)
        {
            foreach (Parameter parameter in encoder.parameters())
            {
                parameter.requires_grad = false;
            }
        }
    }
}
