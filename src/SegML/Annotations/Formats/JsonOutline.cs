using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>
/// What is at the root of a JSON file: its properties, of what kind their values are, and the keys of each value, or of its first item
/// where it is an array. For recognising formats: reading ends as soon as one is recognised.
/// </summary>
internal sealed class JsonOutline
{
    // The property under which a root array's items stand.
    private const string Root = "";

    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);

    /// <summary>Whether the root is an array.</summary>
    public bool IsArray => HasArray(Root);

    /// <summary>Whether there is a property.</summary>
    public bool Has(string property) => _members.ContainsKey(property);

    public bool HasArray(string property) => _members.TryGetValue(property, out Member? member) && member.First == '[';

    public bool HasObject(string property) => _members.TryGetValue(property, out Member? member) && member.First == '{';

    /// <summary>Whether a property's value, or its first item, is an object with a key.</summary>
    public bool Holds(string property, string key) => _members.TryGetValue(property, out Member? member) && member.Keys.Contains(key);

    /// <summary>Whether the root is an array whose first item has a key.</summary>
    public bool ItemHolds(string key) => Holds(Root, key);

    /// <summary>Whether the first property's value is an object with a key.</summary>
    public bool FirstHolds(string key) => _members.Values.FirstOrDefault()?.Keys.Contains(key) == true;

    /// <summary>Reads until enough is known, or all.</summary>
    /// <exception cref="AnnotationFormatException">It is not JSON, or is truncated.</exception>
    public void Read(Stream stream, string path, Func<bool> known)
    {
        bool done = false;
        new JsonParts(stream, path).Visit((property, isItem, part, _) =>
        {
            if (!isItem && part is [(byte)'['])
            {
                _members[property] = new Member('[');
                return true;
            }
            if (isItem)
            {
                Member member = _members[property];
                if (member.Seen)
                {
                    return true;
                }
                member.Seen = true;
                AddKeys(part, member.Keys);
            }
            else
            {
                var member = new Member((char)part[0]);
                _members[property] = member;
                AddKeys(part, member.Keys);
            }
            return !(done = known());
        });
        if (!done)
        {
            known();
        }
    }

    private static void AddKeys(ReadOnlySpan<byte> part, HashSet<string> keys)
    {
        if (part is not [(byte)'{', ..])
        {
            return;
        }
        var reader = new Utf8JsonReader(part, JsonText.ReaderOptions);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                keys.Add(reader.GetString()!);
                reader.Read();
                reader.Skip();
            }
        }
    }

    private sealed class Member(char first)
    {
        public char First => first;

        public bool Seen { get; set; }

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    }
}
