using CsCheck;

namespace SegML.Tests.Annotations;

/// <summary>Checks a property on generated values: always the same values, unlike CsCheck's own Sample.</summary>
internal static class Property
{
    public static void Holds<T>(Gen<T> values, Func<T, bool> holds, int count)
    {
        var random = new PCG(1, 1);
        for (int i = 0; i < count; i++)
        {
            T value = values.Generate(random, null, out _);
            if (!holds(value))
            {
                Assert.Fail($"does not hold for value {i}: {System.Text.Json.JsonSerializer.Serialize(value, _readable)}");
            }
        }
    }

    private static readonly System.Text.Json.JsonSerializerOptions _readable = new() { IncludeFields = true };
}
