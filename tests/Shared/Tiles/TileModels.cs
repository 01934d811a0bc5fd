using Google.Protobuf;
using SegML.Masks;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Tiles;

/// <summary>Networks with random weights, exported as the trainer exports its own.</summary>
internal static class TileModels
{
    private static readonly Lazy<byte[]> _unet = new(() => Export(new UNet(TestMasks.Classes.Count, new UNetOptions { Width = 4, Depth = 2 })));
    private static readonly Lazy<byte[]> _fcnLight = new(() => Export(new FcnLight(TestMasks.Classes.Count, new FcnLightOptions { Width = 4 })));

    /// <summary>A network whose every layer looks at a bounded neighbourhood. Stride 4.</summary>
    public static byte[] UNet => _unet.Value;

    /// <summary>A network with a mean over all pixels.</summary>
    public static byte[] FcnLight => _fcnLight.Value;

    /// <summary>A model with the metadata that its graph gives.</summary>
    public static byte[] Describe(byte[] model)
    {
        ModelProto parsed = ModelFile.Unseal(ModelProto.Parser.ParseFrom(model));
        ModelProperties.Set(parsed, new Dictionary<string, string>());
        return parsed.ToByteArray();
    }

    /// <summary>Exports a module with four classes.</summary>
    public static byte[] Export(nn.Module<Tensor, Tensor> network)
    {
        using var folder = new TemporaryFolder();
        using (network)
        {
            manual_seed(3);
            using (no_grad())
            {
                foreach ((string name, var parameter) in network.named_parameters())
                {
                    // Random everywhere: zeros would hide what a layer sees.
                    nn.init.normal_(parameter, name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0, 0.2);
                }
            }
            network.eval();
            var info = new ModelInfo
            {
                Name = "random",
                Classes = TestMasks.Classes,
                Input = new InputOptions { Width = 64, Height = 48 },
            };
            using Tensor example = randn(1, 3, 48, 64);
            string path = folder.File("random.onnx");
            OnnxExporter.Export(network, example, path, new OnnxExportOptions
            {
                InputName = "image",
                OutputName = "logits",
                Metadata = info.ToMetadata(),
            });
            return File.ReadAllBytes(path);
        }
    }
}
