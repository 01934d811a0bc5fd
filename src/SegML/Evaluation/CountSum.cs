namespace SegML.Evaluation;

/// <summary>Replaces counts by their sums over all processes that evaluate together. Counts are whole numbers, which doubles hold exactly up to 2^53.</summary>
internal delegate void CountSum(Span<double> counts);
