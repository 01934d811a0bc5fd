using System.Text.Json.Serialization;

namespace SegML.Masks;

/// <summary>Which pixels of one class hang together.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Connectivity>))]
public enum Connectivity
{
    /// <summary>Those that share a side or a corner: 8 neighbours. A thin slanted pole stays in one piece.</summary>
    [JsonStringEnumMemberName("eight")] Eight,

    /// <summary>Those that share a side: 4 neighbours.</summary>
    [JsonStringEnumMemberName("four")] Four,
}
