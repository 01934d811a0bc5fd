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

    private readonly Dictionary<Assembly, Dictionary<string, XElement>> _members = [];

    /// <summary>A property's or enum value's summary, in one line.</summary>
    public string? Of(MemberInfo member)
    {
        Type type = member.DeclaringType!;
        XElement? summary = Summary(type, member) ?? Summary(Documented.GetValueOrDefault(type, type), member);
        return summary is null ? null : AsInFiles(Spaces().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim());
    }

    /// <summary>What each value of an enum is for, in one line; null where it is no enum, or nothing is said.</summary>
    public string? OfValues(Type type)
    {
        string[] texts = !type.IsEnum ? [] : [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => Of(f) is not null).Select(f => $"{JsonName(f)}: {Of(f)}")];
        return texts.Length == 0 ? null : string.Join(" ", texts);
    }

    // A file has no null: a key is left out instead.
    private static string AsInFiles(string text) => text.Replace(" Default null.", "", StringComparison.Ordinal)
        .Replace("Null, the default:", "Left out:", StringComparison.Ordinal).Replace("Null:", "Left out:", StringComparison.Ordinal);

    private XElement? Summary(Type type, MemberInfo member) =>
        MembersOf(type.Assembly).GetValueOrDefault($"{(member is FieldInfo ? 'F' : 'P')}:{type.FullName}.{member.Name}")?.Element("summary");

    // Beside the library; without the file there are no texts.
    private Dictionary<string, XElement> MembersOf(Assembly assembly)
    {
        if (!_members.TryGetValue(assembly, out Dictionary<string, XElement>? members))
        {
            string path = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
            members = !File.Exists(path) ? [] : XDocument.Load(path).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value, m => m);
            _members.Add(assembly, members);
        }
        return members;
    }

    /// <summary>An enum value as files write it.</summary>
    public static string JsonName(FieldInfo field) =>
        field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? field.Name;

    private string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => Reference(see.Attribute("cref")!.Value),
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    /// <summary>A reference as a reader of the file knows it: keys in camel case, enum values as they are written.</summary>
    private string Reference(string cref)
    {
        string[] parts = cref[2..].Split('(')[0].Split('.');
        return cref[0] switch
        {
            'P' => JsonNamingPolicy.CamelCase.ConvertName(parts[^1]),
            'F' when TypeOf(string.Join('.', parts[..^1]))?.GetField(parts[^1]) is { } field => $"\"{JsonName(field)}\"",
            _ => parts[^1],
        };
    }

    private Type? TypeOf(string name) => _members.Keys.Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
