using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>
/// A segmenter that many may use and any may close. ML.NET's prediction engines dispose the transformer that they were made from,
/// the others that use it; so closing frees the session once no call is under way, and the next call opens it again.
/// </summary>
internal sealed class SharedSegmenter
{
    private readonly Lock _lock = new();
    private readonly string _name;
    private readonly SegmenterOptions _options;
    private Opened? _opened;

    /// <summary>Opens the model.</summary>
    /// <exception cref="ModelFormatException">The model is damaged or not SegML's.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    public SharedSegmenter(byte[] model, string name, SegmenterOptions options)
    {
        Model = model;
        _name = name;
        _options = options;
        _opened = Open();
        Info = _opened.Segmenter.Info;
    }

    /// <summary>The ONNX file's content.</summary>
    public byte[] Model { get; }

    /// <summary>What the model says of itself.</summary>
    public ModelInfo Info { get; }

    /// <summary>The segmenter, good until <see cref="Close"/>.</summary>
    public Segmenter Current
    {
        get
        {
            lock (_lock)
            {
                return (_opened ??= Open()).Segmenter;
            }
        }
    }

    /// <summary>The segmenter, good until the lease is disposed.</summary>
    public Lease Rent()
    {
        lock (_lock)
        {
            _opened ??= Open();
            _opened.Users++;
            return new Lease(this, _opened);
        }
    }

    /// <summary>Frees the session now, or when the last lease ends.</summary>
    public void Close()
    {
        Opened? closed;
        lock (_lock)
        {
            closed = _opened is { Users: 0 } ? _opened : null;
            if (_opened is not null)
            {
                _opened.IsClosed = true;
            }
            _opened = null;
        }
        closed?.Segmenter.Dispose();
    }

    private Opened Open() => new(Segmenter.Load(Model, _name, _options));

    private void Return(Opened opened)
    {
        bool last;
        lock (_lock)
        {
            last = --opened.Users == 0 && opened.IsClosed;
        }
        if (last)
        {
            opened.Segmenter.Dispose();
        }
    }

    /// <summary>The use of a segmenter for a call.</summary>
    internal readonly struct Lease(SharedSegmenter owner, Opened opened) : IDisposable
    {
        public Segmenter Segmenter => opened.Segmenter;

        public void Dispose() => owner.Return(opened);
    }

    /// <summary>An open segmenter, and by how many calls it is used.</summary>
    internal sealed class Opened(Segmenter segmenter)
    {
        public Segmenter Segmenter => segmenter;

        public int Users { get; set; }

        public bool IsClosed { get; set; }
    }
}
