using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SegML.Tests.Images;

namespace SegML.Tests.Cluster;

/// <summary>A private PostgreSQL server on loopback, where Debian's is installed.</summary>
internal sealed class PostgresServer : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _programs;
    private readonly int _port;

    private PostgresServer(string programs, int port) => (_programs, _port) = (programs, port);

    public string Connection => ConnectionBy(_port);

    public int Port => _port;

    /// <summary>The same server by another port, which passes on to its own.</summary>
    public static string ConnectionBy(int port) => $"Host=127.0.0.1;Port={port};Database=postgres;Username=postgres;Timeout=5";

    private string Data => _folder.File("data");

    /// <summary>Starts one; where there is none, the test is skipped and says so.</summary>
    public static PostgresServer Start()
    {
        string? programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).LastOrDefault(d => File.Exists(Path.Combine(d, "initdb"))) : null;
        if (programs is null)
        {
            Assert.Inconclusive("PostgreSQL is not installed: apt-get install postgresql");
        }
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var server = new PostgresServer(programs, port);
        Directory.CreateDirectory(server.Data);
        if (Environment.UserName == "root")
        {
            // PostgreSQL refuses to run as root.
            Do("chmod", "755", server._folder.Path);
            Do("chown", "postgres", server.Data);
        }
        server.Run("initdb", "-A", "trust", "-U", "postgres", "-D", server.Data, "--no-sync");
        server.Control("start");
        return server;
    }

    public void Restart() => Control("restart", "-m", "fast");

    public void Dispose()
    {
        Control("stop", "-m", "immediate");
        _folder.Dispose();
    }

    private void Control(string what, params string[] more) => Run("pg_ctl",
        [what, "-D", Data, "-w", "-l", Path.Combine(Data, "log"), .. more, .. what == "stop" ? (string[])[] : ["-o", $"-p {_port} -k {Data} -c listen_addresses=127.0.0.1 -c fsync=off"]]);

    private void Run(string program, params string[] arguments)
    {
        string path = Path.Combine(_programs, program);
        if (Environment.UserName == "root")
        {
            Do("setpriv", ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", path, .. arguments]);
        }
        else
        {
            Do(path, arguments);
        }
    }

    private static void Do(string program, params string[] arguments)
    {
        // The server keeps what it inherits: its output goes to its log, or this would wait for it.
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" })!;
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, $"{program} {string.Join(' ', arguments)}");
    }
}
