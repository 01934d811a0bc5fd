using System.Numerics;
using System.Runtime.CompilerServices;
using SegML.Images;

namespace SegML.Datasets;

/// <summary>
/// What an image looks like, in 80 bytes that survive scaling and recompression: the brightness of a grid of cells, and whether
/// each cell is darker than its right neighbour (the difference hash). The hash finds candidates fast, the cells confirm them:
/// dull images with little in them share a hash by chance.
/// </summary>
internal readonly struct FrameLikeness
{
    // On CamVid's frames, copies of less than half the size at JPEG quality 40 differ by up to 6 bits and 0.6 levels; frames of one drive
    // that are a moment apart by 0-5 bits and 1-2 levels; frames of different drives by 8 bits and more.
    private const int MaxBits = 6;
    private const double MaxMeanDifference = 2;
    private const int Columns = 9, Rows = 8;

    private readonly ulong _hash;
    private readonly Cells _cells;

    /// <summary>Looks at an image.</summary>
    public FrameLikeness(RgbaImage image)
    {
        using RgbaImage small = ImageResizer.Resize(image, Columns, Rows);
        ReadOnlySpan<byte> pixels = small.Pixels;
        for (int i = 0; i < Columns * Rows; i++)
        {
            ReadOnlySpan<byte> pixel = pixels.Slice(i * 4, 4);
            _cells[i] = (byte)(77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2] >> 8);
        }
        for (int y = 0; y < Rows; y++)
        {
            for (int x = 0; x < Columns - 1; x++)
            {
                int cell = y * Columns + x;
                _hash = _hash << 1 | (_cells[cell] < _cells[cell + 1] ? 1u : 0u);
            }
        }
    }

    /// <summary>How much two images differ, in mean levels of brightness; null when they are not alike.</summary>
    public double? DifferenceTo(in FrameLikeness other)
    {
        if (BitOperations.PopCount(_hash ^ other._hash) > MaxBits)
        {
            return null;
        }
        int sum = 0;
        for (int i = 0; i < Columns * Rows; i++)
        {
            sum += Math.Abs(_cells[i] - other._cells[i]);
        }
        double mean = sum / (double)(Columns * Rows);
        return mean <= MaxMeanDifference ? mean : null;
    }

    [InlineArray(Columns * Rows)]
    private struct Cells
    {
        private byte _first;
    }
}
