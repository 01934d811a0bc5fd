using System.Net;
using System.Net.Sockets;

namespace SegML.Tests.Cluster;

/// <summary>
/// A port on loopback that passes bytes on to another, until it is cut: then nothing passes, whoever connects is not answered, and nobody is told. Whoever is
/// connected when it is mended is dropped, as by a firewall that has forgotten what it passed.
/// </summary>
internal sealed class CutNetwork : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<TcpClient> _connected = [];
    private readonly int _to;
    private volatile bool _isCut;

    public CutNetwork(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many asked for a connection while it was cut.</summary>
    public int Unanswered { get; private set; }

    public void Cut() => _isCut = true;

    public void Mend()
    {
        lock (_lock)
        {
            foreach (TcpClient client in _connected)
            {
                // Null where its other end has gone before.
                client.Client?.Close(0);
            }
            _connected.Clear();
            _isCut = false;
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        Mend();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                lock (_lock)
                {
                    _connected.Add(client);
                    Unanswered += _isCut ? 1 : 0;
                }
                if (!_isCut)
                {
                    _ = PassAsync(client);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _to, _end.Token);
            lock (_lock)
            {
                _connected.Add(server);
            }
            await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream()), CopyAsync(server.GetStream(), client.GetStream()));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
        client.Dispose();
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[16384];
        for (int read; (read = await from.ReadAsync(buffer, _end.Token)) > 0;)
        {
            if (_isCut)
            {
                // Until it is mended, and then the connection is gone.
                await Task.Delay(Timeout.Infinite, _end.Token);
            }
            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }
}
