using System.Globalization;
using SegML.Images;

namespace SegML.Masks;

/// <summary>
/// The classes of a task in the order of their ids, and its ignore index. Immutable. Translates the values and names
/// that a data set uses into class ids.
/// </summary>
public sealed class ClassSet
{
    private readonly Dictionary<int, byte> _byValue = [];
    private readonly Dictionary<string, byte> _byName = new(StringComparer.OrdinalIgnoreCase);
    private byte? _rest;

    /// <param name="classes">1 to 255 classes with the ids 0, 1, 2 ... in order.</param>
    /// <param name="ignore">The ignore index; null: 255.</param>
    /// <param name="source">What to name in errors: the pipeline file's or model's path.</param>
    /// <param name="thresholds">See <see cref="Thresholds"/>. Null: a pixel is of one class.</param>
    /// <exception cref="PipelineFormatException">
    /// No classes, an id twice or out of order, a name or source value twice; of classes that overlap, more than <see cref="MostOverlapping"/>, another ignore
    /// index than 255, or thresholds that are not a number above 0 and below 1 for each.
    /// </exception>
    public ClassSet(IReadOnlyList<SegmentationClass> classes, IgnoreClass? ignore = null, string source = "classes", IReadOnlyList<double>? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        Source = source;
        Classes = [.. classes];
        Names = [.. Classes.Select(c => c.Name)];
        Ignore = ignore ?? new IgnoreClass();
        if (Count is 0 or > 255)
        {
            throw Bad(Count == 0 ? "has no classes" : "has more than 255 classes", "list 1 to 255 entries under \"classes\"");
        }
        for (int i = 0; i < Count; i++)
        {
            SegmentationClass c = Classes[i];
            if (c.Id != i)
            {
                throw Bad(Classes.Take(i).Any(o => o.Id == c.Id) ? $"has the class id {c.Id} twice" : $"has the class id {c.Id} where {i} is due",
                    "number the classes 0, 1, 2 ... in order; map the data set's own values with \"from\"");
            }
            if (string.IsNullOrWhiteSpace(c.Name) || Classes.Take(i).Any(o => o.Name == c.Name))
            {
                throw Bad($"has the class name \"{c.Name}\" twice or empty", "give every class a name of its own");
            }
            Register(c.From ?? [Text(c.Id), c.Name], (byte)i, explicitly: c.From is not null);
        }
        if (Ignore.Id < Count || Ignore.Id > 255)
        {
            throw Bad($"has the ignore index {Ignore.Id}", $"choose one from {Count} to 255");
        }
        Thresholds = thresholds is null ? null : [.. thresholds];
        if (IsMultiLabel && (Count > MostOverlapping || Ignore.Id != 255))
        {
            throw Bad(Count > MostOverlapping ? $"has {Count} classes that overlap, and a mask's byte has room for {MostOverlapping}" : $"has classes that overlap and the ignore index {Ignore.Id}",
                Count > MostOverlapping ? "merge classes with \"from\", or train a model for each group of them" : "leave it at 255");
        }
        if (Thresholds is not null && (Thresholds.Count != Count || !Thresholds.All(t => t is > 0 and < 1)))
        {
            throw Bad("has thresholds that are not a number above 0 and below 1 for each class", "give each class one, such as 0.5");
        }
        if (Ignore.From is { } ignored)
        {
            Register(ignored, IgnoreIndex, explicitly: true);
        }
        else
        {
            // Unless the file says so, the ignore index claims no value that a class claims.
            _byValue.TryAdd(Ignore.Id, IgnoreIndex);
        }
    }

    /// <summary>Classes by their names alone: ids in this order, a colour for each, and the ignore index 255.</summary>
    /// <param name="names">1 to 255 names.</param>
    /// <exception cref="PipelineFormatException">No names, or one of them twice or empty.</exception>
    public static ClassSet Of(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new ClassSet([.. names.Select((name, id) => new SegmentationClass { Id = id, Name = name, Color = DefaultPalette.ColorOf(id) })]);
    }

    /// <summary>The classes; the index is the class id.</summary>
    public IReadOnlyList<SegmentationClass> Classes { get; }

    /// <summary>How many classes there are, the ignored one not counted.</summary>
    public int Count => Classes.Count;

    /// <summary>What is left out.</summary>
    public IgnoreClass Ignore { get; }

    /// <summary>The mask value of pixels that count for nothing.</summary>
    public byte IgnoreIndex => (byte)Ignore.Id;

    /// <summary>Where the classes were read from, for error messages.</summary>
    public string Source { get; }

    /// <summary>The class names in the order of their ids.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The most classes that can overlap: a mask's byte has a bit for each, and 255 is the ignore index.</summary>
    public const int MostOverlapping = 7;

    /// <summary>
    /// Null: a pixel is of one class. Otherwise classes overlap (multi-label), and a pixel is of each class whose probability is at least its threshold, by class
    /// id, above 0 and below 1. A mask's byte is then the set of a pixel's classes: bit 0 is class 0, bit 1 is class 1; 0 is none of them.
    /// </summary>
    public IReadOnlyList<double>? Thresholds { get; }

    /// <summary>Whether a pixel may be of several classes, or of none: see <see cref="Thresholds"/>.</summary>
    public bool IsMultiLabel => Thresholds is not null;

    /// <summary>The same classes with other thresholds.</summary>
    public ClassSet WithThresholds(IReadOnlyList<double> thresholds) => new(Classes, Ignore, Source, thresholds);

    /// <summary>The colour of a mask value: its class's, the mean of its classes' where they overlap (black: none of them), or the ignored one's.</summary>
    public Rgb ColorOf(byte id)
    {
        if (!IsMultiLabel || id == IgnoreIndex)
        {
            return id < Count ? Classes[id].Color : Ignore.Color;
        }
        Rgb[] colors = [.. Classes.Where(c => (id >> c.Id & 1) == 1).Select(c => c.Color)];
        return colors.Length == 0 ? default : new Rgb((byte)colors.Average(c => c.R), (byte)colors.Average(c => c.G), (byte)colors.Average(c => c.B));
    }

    /// <summary>Whether another set has the same class names in the same order, and both overlap or neither: ids of the two mean the same.</summary>
    public bool HasNamesOf(ClassSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other) || IsMultiLabel == other.IsMultiLabel && Names.SequenceEqual(other.Names);
    }

    /// <summary>What stands under "from" for every value, colour and name that nothing else claims.</summary>
    public const string AllOthers = "*";

    /// <summary>
    /// Whether neither class of two, nor the ignore index, says which mask values stand for it. Then a grey mask's 255 (16 bits: 65535) is class 1,
    /// as most binary masks have it, unless the mask also holds 1. A palette's index 255 stays the ignore index.
    /// </summary>
    internal bool TakesWhiteAsForeground => Count == 2 && Ignore.From is null && Classes.All(c => c.From is null);

    /// <summary>What the masks read so far say of 255, where only they can say.</summary>
    internal WhiteMeaning White { get; } = new();

    /// <summary>Whether a byte is a class id, or a set of classes where they overlap, or the ignore index.</summary>
    public bool Holds(byte id) => id < Values || id == IgnoreIndex;

    /// <summary>How many mask values there are, the ignore index not counted: from 0 in order.</summary>
    internal int Values => IsMultiLabel ? 1 << Count : Count;

    /// <summary>Counts by class of counts by mask value, of which there are 256.</summary>
    internal long[] ByClass(ReadOnlySpan<long> byValue)
    {
        var counts = new long[Count];
        for (int value = 0; value < Values; value++)
        {
            for (int id = 0; id < Count; id++)
            {
                counts[id] += (IsMultiLabel ? (value >> id & 1) == 1 : value == id) ? byValue[value] : 0;
            }
        }
        return counts;
    }

    /// <summary>The class id (or ignore index) for a value in the data set's own masks.</summary>
    public bool TryFromValue(int value, out byte id) => _byValue.TryGetValue(value, out id) || IsRest(out id);

    /// <summary>The class id (or ignore index) of something that has a name and a number, either of which may be claimed.</summary>
    internal bool TryFromNameOrValue(string name, int value, out byte id) =>
        _byName.TryGetValue(UnicodeName.Of(name), out id) || _byValue.TryGetValue(value, out id) || IsRest(out id);

    /// <summary>The class id (or ignore index) of colours, values and names that nothing claims; false where they are faults.</summary>
    internal bool IsRest(out byte id)
    {
        id = _rest.GetValueOrDefault();
        return _rest is not null;
    }

    /// <summary>The class id (or ignore index) for a name in the data set's annotations; case does not matter.</summary>
    public bool TryFromName(string name, out byte id) => _byName.TryGetValue(UnicodeName.Of(name), out id) || IsRest(out id);

    /// <summary>Whether a class or the ignored ones have a value or name in their "from", rather than by default.</summary>
    internal bool Lists(string source) => Classes.Any(c => c.From?.Contains(source) == true) || Ignore.From?.Contains(source) == true;

    private void Register(IReadOnlyList<string> sources, byte id, bool explicitly)
    {
        foreach (string source in sources)
        {
            if (source == AllOthers)
            {
                _rest = _rest is null ? id : throw Bad("has \"*\" under \"from\" twice", "let one class, or \"ignore\", take all other values");
                continue;
            }
            if (explicitly && ValueRange(source) is { } range)
            {
                foreach (int inRange in Enumerable.Range(range.First, range.Last - range.First + 1))
                {
                    if (!_byValue.TryAdd(inRange, id))
                    {
                        throw Bad($"maps {inRange}, which is in \"{source}\", to two classes", "let ranges under \"from\" share no value");
                    }
                }
            }
            bool added = int.TryParse(source, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
                ? _byValue.TryAdd(value, id)
                : _byName.TryAdd(UnicodeName.Of(source), id);
            if (!added)
            {
                throw Bad($"maps \"{source}\" to two classes", "name each value once under \"from\"");
            }
        }
    }

    /// <summary>The values of "1000-1999"; null: it is none such, or beyond 65535. A class of that name has it as its name too.</summary>
    private static (int First, int Last)? ValueRange(string source) => source.Split('-') is [var from, var to]
        && ushort.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
        && ushort.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out ushort last) && first <= last ? (first, last) : null;

    private PipelineFormatException Bad(string fault, string fix) => new(Source, fault, fix);

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);
}
