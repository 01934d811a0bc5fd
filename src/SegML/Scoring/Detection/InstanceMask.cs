using System.Numerics.Tensors;
using SegML.Images;
using SegML.Instances;

namespace SegML.Scoring.Detection;

/// <summary>The mask of an object at the image's own size: its prototypes' sum, interpolated to the image's pixels and cut at its box.</summary>
/// <param name="Prototypes">[coefficients, H, W].</param>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
internal readonly ref struct InstanceMask(ReadOnlySpan<float> Prototypes, int Width, int Height)
{
    private readonly ReadOnlySpan<float> _prototypes = Prototypes;

    /// <summary>The object's pixels, row by row.</summary>
    /// <param name="detection">The object.</param>
    /// <param name="inside">Where the image lies in the network's input.</param>
    /// <param name="network">The network's input size.</param>
    /// <param name="image">The image's size.</param>
    public List<SegmentationInstance.Run> Runs(Detection detection, Letterbox inside, (int Width, int Height) network, (int Width, int Height) image)
    {
        float[] sum = new float[Width * Height];
        for (int k = 0; k < detection.Coefficients.Length; k++)
        {
            TensorPrimitives.MultiplyAdd(_prototypes.Slice(k * sum.Length, sum.Length), detection.Coefficients[k], sum, sum);
        }
        double scaleX = (double)image.Width / inside.Width, scaleY = (double)image.Height / inside.Height;
        (int left, int right) = Pixels((detection.Left - inside.Left) * scaleX, (detection.Right - inside.Left) * scaleX, image.Width);
        (int top, int bottom) = Pixels((detection.Top - inside.Top) * scaleY, (detection.Bottom - inside.Top) * scaleY, image.Height);
        var runs = new List<SegmentationInstance.Run>();
        for (int y = top; y < bottom; y++)
        {
            (int row, float down) = Place(((y + 0.5) / scaleY + inside.Top) * Height / network.Height - 0.5, Height);
            ReadOnlySpan<float> upper = sum.AsSpan(row * Width, Width), lower = sum.AsSpan(Math.Min(row + 1, Height - 1) * Width, Width);
            int start = -1;
            for (int x = left; x < right; x++)
            {
                (int column, float along) = Place(((x + 0.5) / scaleX + inside.Left) * Width / network.Width - 0.5, Width);
                int next = Math.Min(column + 1, Width - 1);
                float above = upper[column] + (upper[next] - upper[column]) * along, below = lower[column] + (lower[next] - lower[column]) * along;
                bool isIn = above + (below - above) * down > 0;
                if (isIn && start < 0)
                {
                    start = x;
                }
                else if (!isIn && start >= 0)
                {
                    runs.Add(new SegmentationInstance.Run(y, start, x));
                    start = -1;
                }
            }
            if (start >= 0)
            {
                runs.Add(new SegmentationInstance.Run(y, start, right));
            }
        }
        return runs;
    }

    // The pixels from one edge to the other, of those whose own left or upper edge is not before it, as Ultralytics crops.
    private static (int First, int End) Pixels(double from, double to, int length) =>
        (Math.Clamp((int)Math.Ceiling(Math.Clamp(from, 0, length)), 0, length), Math.Clamp((int)Math.Ceiling(Math.Clamp(to, 0, length)), 0, length));

    private static (int At, float Part) Place(double position, int length)
    {
        double inside = Math.Clamp(position, 0, length - 1);
        int at = (int)inside;
        return (at, (float)(inside - at));
    }
}
