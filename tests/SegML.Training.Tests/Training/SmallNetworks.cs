using System.Text.Json.Nodes;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>Each network as small as its options allow without losing a part of it: what tests that only look at its graph need.</summary>
internal static class SmallNetworks
{
    /// <summary>Each network with the oldest, the middle or the newest opset in turn; with all three where SEGML_EVERY_NETWORK asks for it.</summary>
    public static IEnumerable<object[]> AtOpsets
    {
        get
        {
            int[] opsets = [OnnxExporter.MinOpset, 18, OnnxExporter.MaxOpset];
            return NetworkCatalog.Names.SelectMany((name, i) => opsets.Where((_, o) => o == i % 3 || Asked.For("SEGML_EVERY_NETWORK", name)), (name, opset) => new object[] { name, opset });
        }
    }

    public static NetworkOptions Of(string name) => new()
    {
        Name = name,
        Options = (JsonObject)JsonNode.Parse(name switch
        {
            "deeplabv3plus" => """{ "width": 8, "headWidth": 16 }""",
            "erfnet" => """{ "width": 8 }""",
            "fcn" => """{ "width": 8 }""",
            "fcn-base" or "fcn-small" => """{ "width": 4 }""",
            "lmffnet" => """{ "width": 8 }""",
            "resnet-light" => """{ "width": 8, "decoderWidth": 12 }""",
            "segformer" => """{ "width": 8, "decoderWidth": 32 }""",
            _ => "{}",
        })!,
    };

    /// <summary>
    /// Lets batch norms see images until their statistics fit the weights, as training does. With others the values grow from layer to
    /// layer, to thousands in the deep networks, and what they compute drowns in rounding.
    /// </summary>
    public static void Settle(SegmentationNetwork network)
    {
        network.train();
        using IDisposable noGradients = no_grad();
        using var generator = new Generator(11, CPU);
        // Dropout draws from the generator of all, whose state the tests before would decide.
        manual_seed(11);
        for (int pass = 0; pass < 30; pass++)
        {
            using DisposeScope scope = NewDisposeScope();
            network.CoarseLogits(randn([2, 64, 96, 3], generator: generator).permute(0, 3, 1, 2));
        }
        network.eval();
    }
}
