using System.Text;
using System.Text.Json;

namespace SegML.Pipelines;

/// <summary>Finds the line on which a key stands, for error messages.</summary>
internal static class JsonLines
{
    /// <param name="json">Valid JSON.</param>
    /// <param name="path">A key path such as "classes[3].color".</param>
    /// <returns>The line, from 1; null when the path is not there.</returns>
    public static int? Find(string json, string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        reader.Read();
        long? at = Search(ref reader, "", path);
        return at is { } offset ? 1 + bytes.AsSpan(0, (int)offset).Count((byte)'\n') : null;
    }

    private static long? Search(ref Utf8JsonReader reader, string here, string path)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return null;
        }
        bool array = reader.TokenType == JsonTokenType.StartArray;
        for (int i = 0; reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray); i++)
        {
            string inner = array ? $"{here}[{i}]" : PipelineCheck.Join(here, reader.GetString()!);
            if (inner == path)
            {
                return reader.TokenStartIndex;
            }
            if (!array)
            {
                reader.Read();
            }
            if (Search(ref reader, inner, path) is { } found)
            {
                return found;
            }
        }
        return null;
    }
}
