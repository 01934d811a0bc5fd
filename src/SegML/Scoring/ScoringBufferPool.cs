namespace SegML.Scoring;

/// <summary>
/// Keeps buffers between calls. Calls of several sizes take turns without making new ones each time, and images of ever
/// new sizes do not fill the memory: the longest unused are let go. Thread-safe.
/// </summary>
internal sealed class ScoringBufferPool : IDisposable
{
    // How many sizes are kept for each call that was ever under way at once.
    private const int Sizes = 4;

    // Bytes that idle buffers may hold, whatever their number: an unusual size is paid for each time rather than for ever.
    private const long MostIdleBytes = 256L << 20;

    private readonly Lock _lock = new();
    private readonly List<ScoringBuffers> _idle = [];
    private int _rented, _mostRented;
    private bool _disposed;

    /// <summary>How many buffers are kept for the next calls.</summary>
    public int Idle
    {
        get
        {
            lock (_lock)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Buffers for a number of images of one size: the most recently used ones, or new ones. A pool serves one model, of one number of channels.</summary>
    public ScoringBuffers Rent(int images, int channels, int width, int height)
    {
        lock (_lock)
        {
            _mostRented = Math.Max(_mostRented, ++_rented);
            for (int i = _idle.Count - 1; i >= 0; i--)
            {
                ScoringBuffers buffers = _idle[i];
                if (buffers.Images == images && buffers.Width == width && buffers.Height == height)
                {
                    _idle.RemoveAt(i);
                    return buffers;
                }
            }
        }
        return new ScoringBuffers(images, channels, width, height);
    }

    /// <summary>Takes buffers back.</summary>
    public void Return(ScoringBuffers buffers)
    {
        var surplus = new List<ScoringBuffers>();
        lock (_lock)
        {
            _rented--;
            if (_disposed)
            {
                surplus.Add(buffers);
            }
            else
            {
                _idle.Add(buffers);
                while (_idle.Count > Sizes * _mostRented || _idle.Sum(b => b.Bytes) > MostIdleBytes)
                {
                    surplus.Add(_idle[0]);
                    _idle.RemoveAt(0);
                }
            }
        }
        surplus.ForEach(b => b.Dispose());
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _idle.ForEach(b => b.Dispose());
            _idle.Clear();
        }
    }
}
