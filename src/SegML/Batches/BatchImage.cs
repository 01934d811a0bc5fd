namespace SegML.Batches;

/// <summary>An image of a batch.</summary>
/// <param name="File">Its file.</param>
/// <param name="Name">What its results are called: a path below the folder of the results, without an extension, with forward slashes.</param>
public readonly record struct BatchImage(string File, string Name);
