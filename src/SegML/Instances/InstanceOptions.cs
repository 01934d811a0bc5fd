using SegML.Masks;

namespace SegML.Instances;

/// <summary>Which connected components of a mask count as instances.</summary>
public sealed record InstanceOptions
{
    /// <summary>
    /// The names of the classes whose components are wanted: things such as "Car", not stuff such as "Sky", whose pieces are
    /// nothing anybody counts. Null: all classes. Default null. The ignore index is never among them.
    /// </summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>The least area of an instance in pixels. Default 1: all.</summary>
    public int MinArea { get; init; } = 1;

    /// <summary>Which pixels hang together. Default <see cref="Connectivity.Eight"/>.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Eight;

    /// <summary>The defaults.</summary>
    internal static InstanceOptions Default { get; } = new();

    /// <summary>By class id: whether it is wanted.</summary>
    /// <exception cref="ArgumentException">A name is none of the classes'.</exception>
    internal bool[] Wanted(ClassSet classes)
    {
        var wanted = new bool[classes.Count];
        if (Classes is null)
        {
            Array.Fill(wanted, true);
            return wanted;
        }
        foreach (string name in Classes)
        {
            int id = classes.Names.ToList().IndexOf(name);
            if (id < 0)
            {
                throw new ArgumentException($"\"{name}\" is not among the classes {string.Join(", ", classes.Names)}", nameof(Classes));
            }
            wanted[id] = true;
        }
        return wanted;
    }
}
