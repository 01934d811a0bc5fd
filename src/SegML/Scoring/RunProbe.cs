namespace SegML.Scoring;

/// <summary>
/// Lets a benchmark learn how long this thread's calls were inside InferenceSession.Run. Taking another session's time
/// for it would not do: two sessions of one model differ by several percent, from where their memory happens to lie.
/// </summary>
internal static class RunProbe
{
    /// <summary>The benchmark's clock; null, as everywhere else: nothing is measured.</summary>
    [ThreadStatic]
    public static Func<double>? Clock;

    /// <summary>Time inside Run on this thread so far, in the clock's unit.</summary>
    [ThreadStatic]
    public static double Spent;
}
