using SegML.Files;
using static TorchSharp.torch;

namespace SegML.Training.PyTorch;

/// <summary>The tensors of a checkpoint of PyTorch's, by name.</summary>
internal static class StateDict
{
    private const int MostDepth = 4;

    private static readonly string[] Extensions = [".pth", ".pt", ".bin", ".safetensors"];

    /// <summary>Whether a file's name is one that PyTorch's checkpoints have.</summary>
    public static bool Is(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a file of torch.save, or a .safetensors file. No code in it is run.</summary>
    /// <returns>On the CPU, real numbers in float32; the caller disposes them.</returns>
    /// <exception cref="ModelFormatException">It is missing or damaged, or holds no tensors.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            Dictionary<string, Tensor> tensors = path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? SafeTensors.Read(file) : TorchFile.Read(file);
            return tensors.Count > 0 ? tensors : throw new InvalidDataException("it holds no tensors");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OverflowException or System.Text.Json.JsonException)
        {
            throw new ModelFormatException(path, $"cannot be read as a checkpoint of PyTorch's: {e.Message.TrimEnd('.')}",
                "fetch it anew, or save torch.save(model.state_dict(), ...)", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, UnreadableFile.Because(e), "name a file that is there", e);
        }
    }

    /// <summary>
    /// The tensors among a pickle's objects: those of the dictionary, or of the one inside it that has the most, such as "state_dict" or "model" of a
    /// training checkpoint; but never the optimizer's.
    /// </summary>
    internal static IReadOnlyList<KeyValuePair<string, PickledTensor>> Of(object? content, int depth = 0)
    {
        // A pickle's dictionary can hold itself.
        if (content is not Dictionary<object, object?> items || depth > MostDepth)
        {
            return [];
        }
        KeyValuePair<string, PickledTensor>[] own =
        [
            .. items.Where(p => p.Key is string).Select(p => (Name: (string)p.Key, Tensor: PickledTensor.From(p.Value)))
                .Where(p => p.Tensor is not null).Select(p => new KeyValuePair<string, PickledTensor>(p.Name, p.Tensor!)),
        ];
        return own.Length > 0 ? own
            : items.Where(p => p.Key is string name && !name.Contains("optim", StringComparison.OrdinalIgnoreCase)).Select(p => Of(p.Value, depth + 1)).MaxBy(t => t.Count) ?? [];
    }
}
