using SegML.Serving.Answers;
using SegML.Serving.Models;

namespace SegML.Serving.Endpoints;

/// <summary>What a service says of a model.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="IsDefault">Whether it answers requests that name none.</param>
/// <param name="Classes">Its classes in the order of their ids.</param>
/// <param name="Overlap">Whether a pixel may be of several classes: a mask's value is then a set of them, bit 0 for class 0.</param>
/// <param name="Ignore">The mask value of pixels that count for nothing.</param>
/// <param name="Width">The width that the network scores at; null: a saved pipeline does not say.</param>
/// <param name="Height">Its height.</param>
/// <param name="Precision">What it computes in.</param>
/// <param name="Outputs">What can be asked of it.</param>
/// <param name="Loaded">When the version that answers was loaded.</param>
internal sealed record ModelAnswer(
    string Name, bool IsDefault, IReadOnlyList<ModelClass> Classes, bool Overlap, int Ignore, int? Width, int? Height, string? Precision, IReadOnlyList<string> Outputs,
    DateTimeOffset Loaded)
{
    public static ModelAnswer Of(ServedModel model, SegmentationModels all) => new(
        model.Name,
        model == all.All[0],
        [.. model.Classes.Classes.Select(c => new ModelClass(c.Id, c.Name, c.Color.ToString()))],
        model.Classes.IsMultiLabel,
        model.Classes.IgnoreIndex,
        model.Info?.Input.Width,
        model.Info?.Input.Height,
        model.Info?.Precision.ToString().ToLowerInvariant(),
        [.. Output.All.Where(o => !(o.OfProbabilities && model.Info is null) && !(o.OfInstances && model.Classes.IsMultiLabel)).Select(o => o.Name)],
        model.Loaded);
}

/// <summary>A class of a model.</summary>
/// <param name="Id">Its value in masks.</param>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its colour, "#rrggbb".</param>
internal sealed record ModelClass(int Id, string Name, string Color);
