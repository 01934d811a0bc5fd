namespace ScoringApp;

/// <summary>The row that a saved pipeline is given.</summary>
internal sealed class Row
{
    public string ImagePath { get; set; } = "";

    public string MaskPath { get; set; } = "";
}
