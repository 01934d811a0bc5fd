using SegML.Images;
using SegML.Masks;

namespace SegML.Discovery;

/// <summary>The values, or colours, that masks hold.</summary>
internal static class MaskValues
{
    /// <summary>A mask's values.</summary>
    public static HashSet<int> Of(RawMask mask)
    {
        var values = new HashSet<int>();
        int last = -1;
        for (int i = 0; i < mask.Width * mask.Height; i++)
        {
            int value = mask[i];
            if (value != last)
            {
                values.Add(last = value);
            }
        }
        return values;
    }
}
