using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SegML.Pipelines;

/// <summary>How SegML's JSON is read and written: camel case, unknown and repeated keys are errors, comments are allowed.</summary>
internal static class PipelineJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { ForgetComputed } },
        WriteIndented = false,
    };

    public static readonly JsonSerializerOptions Indented = new(Options) { WriteIndented = true };

    public static readonly JsonDocumentOptions Document = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>What is computed from other keys is no key: System.Text.Json would take it without an error, and do nothing with it.</summary>
    private static void ForgetComputed(JsonTypeInfo info)
    {
        for (int i = info.Properties.Count - 1; i >= 0; i--)
        {
            if (info.Properties[i] is { Get: null, Set: null })
            {
                info.Properties.RemoveAt(i);
            }
        }
    }
}
