namespace SegML.Scenes.Roads;

/// <summary>Draws from ranges.</summary>
internal static class RandomRanges
{
    public static float Between(this Random random, float least, float greatest) => least + (greatest - least) * random.NextSingle();

    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    public static T Pick<T>(this Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    public static float Sign(this Random random) => random.Chance(0.5) ? 1 : -1;
}
