using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>The options' documentation as plain text, from the file that the compiler writes.</summary>
internal sealed partial class SchemaTexts
{
    // Some parts of a file are read into records of their own, which say only what differs from these.
    private static readonly Dictionary<Type, Type> Documented = new()
    {
        [typeof(PipelineDocument)] = typeof(Pipeline),
        [typeof(ClassEntry)] = typeof(SegmentationClass),
        [typeof(IgnoreEntry)] = typeof(IgnoreClass),
    };

    private readonly Dictionary<string, XElement> _members;

    private SchemaTexts(Dictionary<string, XElement> members) => _members = members;

    /// <summary>Reads the file beside the library; without it there are no texts.</summary>
    public static SchemaTexts Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "SegML.xml");
        return new SchemaTexts(!File.Exists(path) ? [] : XDocument.Load(path).Descendants("member")
            .ToDictionary(m => m.Attribute("name")!.Value, m => m));
    }

    /// <summary>A property's or enum value's summary, in one line.</summary>
    public string? Of(MemberInfo member)
    {
        Type type = member.DeclaringType!;
        XElement? summary = Summary(type, member) ?? Summary(Documented.GetValueOrDefault(type, type), member);
        return summary is null ? null : Spaces().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim();
    }

    private XElement? Summary(Type type, MemberInfo member) =>
        _members.GetValueOrDefault($"{(member is FieldInfo ? 'F' : 'P')}:{type.FullName}.{member.Name}")?.Element("summary");

    /// <summary>An enum value as files write it.</summary>
    public static string JsonName(FieldInfo field) =>
        field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? field.Name;

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => Reference(see.Attribute("cref")!.Value),
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    /// <summary>A reference as a reader of the file knows it: keys in camel case, enum values as they are written.</summary>
    private static string Reference(string cref)
    {
        string[] parts = cref[2..].Split('(')[0].Split('.');
        return cref[0] switch
        {
            'P' => JsonNamingPolicy.CamelCase.ConvertName(parts[^1]),
            'F' when typeof(SchemaTexts).Assembly.GetType(string.Join('.', parts[..^1]))?.GetField(parts[^1]) is { } field => $"\"{JsonName(field)}\"",
            _ => parts[^1],
        };
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
