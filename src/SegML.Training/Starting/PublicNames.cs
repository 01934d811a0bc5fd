using System.Globalization;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>What the tensors of an encoder are called in checkpoints that others publish.</summary>
/// <param name="Style">Whose names they are.</param>
/// <param name="Of">The names in the file for a tensor's own, without what all names of the file may begin with; several are joined along the first axis.</param>
internal sealed record PublicNames(string Style, Func<string, string[]> Of)
{
    /// <summary>The styles that are known for an encoder; none: no public weights are known.</summary>
    public static IReadOnlyList<PublicNames> For(nn.Module encoder) => encoder switch
    {
        ResNetEncoder => [new PublicNames("torchvision, timm or segmentation_models.pytorch", name => [name.Replace(".conv.", ".", StringComparison.Ordinal)])],
        _ when SegFormer.IsEncoder(encoder) =>
        [
            new PublicNames("Hugging Face", name => Mit(name, HuggingFace, encoder)),
            new PublicNames("the paper's code or segmentation_models.pytorch", name => Mit(name, Paper, encoder)),
        ],
        _ => [],
    };

    // Stage, block and the rest of a name of SegFormer's encoder: 0.0 is the first stage's convolution, 0.1 its norm, then come blocks and a last norm.
    private static string[] Mit(string name, Func<int, int?, string, string[]> style, nn.Module encoder)
    {
        string[] parts = name.Split('.', 3);
        int stage = int.Parse(parts[0], CultureInfo.InvariantCulture), place = int.Parse(parts[1], CultureInfo.InvariantCulture);
        int last = encoder.state_dict().Keys.Where(k => k.StartsWith(parts[0] + ".", StringComparison.Ordinal)).Max(k => int.Parse(k.Split('.')[1], CultureInfo.InvariantCulture));
        string what = parts[2][..parts[2].LastIndexOf('.')], kind = parts[2][parts[2].LastIndexOf('.')..];
        string[] names = place == 0 ? style(stage, null, "embed") : place == 1 ? style(stage, null, "embedNorm")
            : place == last ? style(stage, null, "norm") : style(stage, place - 2, what);
        return [.. names.Select(n => n + kind)];
    }

    private static string[] HuggingFace(int stage, int? block, string what) => what switch
    {
        "embed" => [$"patch_embeddings.{stage}.proj"],
        "embedNorm" => [$"patch_embeddings.{stage}.layer_norm"],
        "norm" => [$"layer_norm.{stage}"],
        "attention.keyValue.conv" => [$"block.{stage}.{block}.attention.self.key", $"block.{stage}.{block}.attention.self.value"],
        _ => [$"block.{stage}.{block}." + what switch
        {
            "norm1.norm" => "layer_norm_1",
            "norm2.norm" => "layer_norm_2",
            "attention.query.conv" => "attention.self.query",
            "attention.reduce.1.conv" => "attention.self.sr",
            "attention.reduce.2.norm" => "attention.self.layer_norm",
            "attention.output.conv" => "attention.output.dense",
            "feedForward.0.conv" => "mlp.dense1",
            "feedForward.1.conv" => "mlp.dwconv.dwconv",
            "feedForward.3.conv" => "mlp.dense2",
            _ => what,
        }],
    };

    private static string[] Paper(int stage, int? block, string what) => what switch
    {
        "embed" => [$"patch_embed{stage + 1}.proj"],
        "embedNorm" => [$"patch_embed{stage + 1}.norm"],
        "norm" => [$"norm{stage + 1}"],
        _ => [$"block{stage + 1}.{block}." + what switch
        {
            "norm1.norm" => "norm1",
            "norm2.norm" => "norm2",
            "attention.query.conv" => "attn.q",
            "attention.keyValue.conv" => "attn.kv",
            "attention.reduce.1.conv" => "attn.sr",
            "attention.reduce.2.norm" => "attn.norm",
            "attention.output.conv" => "attn.proj",
            "feedForward.0.conv" => "mlp.fc1",
            "feedForward.1.conv" => "mlp.dwconv.dwconv",
            "feedForward.3.conv" => "mlp.fc2",
            _ => what,
        }],
    };
}
