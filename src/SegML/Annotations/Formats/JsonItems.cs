using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>The items of one array in a JSON file of any size: each read again from its place when it is wanted.</summary>
internal static class JsonItems
{
    /// <summary>Makes an entry of each item.</summary>
    /// <param name="content">The file.</param>
    /// <param name="array">The array's property; empty: the root.</param>
    /// <param name="entryOf">Makes an entry of an item, given how to read it again.</param>
    /// <param name="faults">Receives the faults of items that cannot become entries.</param>
    /// <param name="other">Takes all other properties' values. Null: they do not matter.</param>
    /// <exception cref="AnnotationFormatException">The file is not JSON, or is truncated.</exception>
    public static List<AnnotationEntry> Read(AnnotationContent content, string array, Func<JsonField, Func<Func<JsonField, AnnotatedImage>, AnnotatedImage>, AnnotationEntry?> entryOf,
        FaultCounts faults, Action<string, JsonField>? other = null)
    {
        string path = content.Path;
        var entries = new List<AnnotationEntry>();
        int number = 0;
        new JsonParts(content.FromStart(), path).Visit((property, isItem, part, offset) =>
        {
            bool wanted = isItem && property == array;
            if (wanted || (!isItem && part is not [(byte)'['] && other is not null))
            {
                int length = part.Length;
                string place = wanted ? $"{(array.Length == 0 ? "item " : array)}[{number++}]" : property;
                using JsonDocument document = JsonText.Parse(part.ToArray(), path);
                var field = new JsonField(document.RootElement, path, place);
                try
                {
                    if (!wanted)
                    {
                        other!(property, field);
                    }
                    else if (entryOf(field, read => Again(read, offset, length, place)) is { } entry)
                    {
                        entries.Add(entry);
                    }
                }
                catch (AnnotationFormatException e)
                {
                    faults.Add(e);
                }
            }
            return true;
        });
        return entries;

        AnnotatedImage Again(Func<JsonField, AnnotatedImage> read, long offset, int length, string place)
        {
            using JsonDocument document = JsonText.Parse(FilePart.Read(path, offset, length), path);
            return read(new JsonField(document.RootElement, path, place));
        }
    }
}
