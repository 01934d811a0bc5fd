namespace SegML.Pipelines;

/// <summary>
/// Models that a network learns from besides the masks, so that a small fast one keeps most of what a large one knows (Hinton et al. 2015, distillation,
/// https://arxiv.org/abs/1503.02531), also on images that have no masks: <c>"teacher": { "models": ["large.onnx"] }</c>.
/// </summary>
public sealed record TeacherOptions
{
    /// <summary>
    /// Exported or adopted models (.onnx) and runs' folders, relative to the working directory, 1 to 16; of several, the mean of their probabilities teaches.
    /// They know every class of the pipeline by its name, and their input is the pipeline's but for mean, std and the order of RGB.
    /// </summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The teachers' share of the loss, above 0 to 1; the masks have the rest. Default 0.5.</summary>
    public double Weight { get; init; } = 0.5;

    /// <summary>
    /// What logits are divided by before they become probabilities, 0.5 to 20: the higher, the more the unlikely classes count. The term is multiplied by its square,
    /// as in the paper. Default 2.
    /// </summary>
    public double Temperature { get; init; } = 2;

    /// <summary>Whether a teacher also sees each image mirrored, and the mean of the two teaches; twice the time. Default false.</summary>
    public bool Flip { get; init; }

    /// <summary>
    /// Above 0: pseudo-labels in place of probabilities (Lee 2013). The teacher's class is the target where it has at least this probability, up to 1, and
    /// other pixels teach nothing. Default 0.
    /// </summary>
    public double Confidence { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        if (Models is not { Count: >= 1 and <= 16 } || Models.Any(string.IsNullOrWhiteSpace))
        {
            throw new PipelineFormatException(source, "has training.teacher without 1 to 16 models", "name them: \"models\": [\"large.onnx\"]");
        }
        var range = new OptionRange(source, "training.teacher");
        range.Above(Weight, 0, "weight");
        range.Within(Weight, 0, 1, "weight");
        range.Within(Temperature, 0.5, 20, "temperature");
        range.Within(Confidence, 0, 1, "confidence");
    }
}
