using SegML.Annotations;
using SegML.Annotations.Formats;

namespace SegML.Tests.Annotations;

/// <summary>The faults of an annotation file, wherever they come to light.</summary>
internal static class AnnotationFaults
{
    /// <summary>What opening the file and reading its images finds.</summary>
    public static List<AnnotationFormatException> Of(string path)
    {
        var faults = new List<AnnotationFormatException>();
        AnnotationFile file;
        try
        {
            file = AnnotationFile.Open(path);
        }
        catch (AnnotationFormatException e)
        {
            return [e];
        }
        faults.AddRange(file.Faults.Select(f => f.First));
        foreach (AnnotationEntry image in file.Images)
        {
            try
            {
                faults.AddRange(image.Read(null).Unusable);
            }
            catch (AnnotationFormatException e)
            {
                faults.Add(e);
            }
        }
        return faults;
    }
}
