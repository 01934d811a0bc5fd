using System.Reflection;

namespace SegML.MLNet;

/// <summary>
/// What builds the saved transformers of another of SegML's packages. The kind that is saved is the package's name, a slash and a name of its own, so
/// that a pipeline loads in an app that references the package and registers nothing.
/// </summary>
internal abstract class SavedTransformers
{
    // Only SegML's own packages: what a file names is not to decide what code is loaded.
    private const string Family = "SegML.";

    /// <summary>Builds a transformer; null: the kind is not known.</summary>
    public abstract RowTransformer? Create(SavedTransformer saved);

    /// <summary>Builds the transformer of a package.</summary>
    /// <returns>Null where the kind names no package of SegML's, or one that does not know it.</returns>
    /// <exception cref="ModelFormatException">The app lacks the package.</exception>
    public static RowTransformer? FromPackage(SavedTransformer saved)
    {
        if (saved.Kind.Split('/') is not [var package, _] || !package.StartsWith(Family, StringComparison.Ordinal))
        {
            return null;
        }
        try
        {
            return Assembly.Load(new AssemblyName(package)).GetCustomAttribute<SavedTransformersAttribute>() is { } own
                ? ((SavedTransformers)Activator.CreateInstance(own.Type)!).Create(saved) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            throw new ModelFormatException("the saved pipeline", $"holds a transformer of the package {package}, which this app does not have",
                $"add it: dotnet add package {package}", e);
        }
    }
}

/// <summary>Names the class that builds a package's saved transformers.</summary>
/// <param name="type">A <see cref="SavedTransformers"/> with a constructor without parameters.</param>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class SavedTransformersAttribute(Type type) : Attribute
{
    public Type Type => type;
}
