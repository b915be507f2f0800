using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NerfLab.Notebooks.Jupyter;

namespace NerfLab.Notebooks.Tests;

/// <summary>A kernel, and a front end that talks to it over libzmq as Jupyter does.</summary>
internal sealed class JupyterClient : IDisposable
{
    // Only so that a broken kernel fails a test instead of stopping all; a busy machine takes its time.
    private const int Patience = 60_000;

    private readonly ZeroMq _zeroMq = new();
    private readonly Dictionary<Channel, ZeroMq.Socket> _sockets = [];
    private readonly Kernel? _kernel;
    private readonly Thread? _serving;
    private readonly byte[] _key, _name = Guid.NewGuid().ToByteArray().Prepend((byte)1).ToArray();

    /// <summary>Starts a kernel in this process.</summary>
    public JupyterClient(string key = "a key for tests") : this(NewConnection(key), start: true)
    {
    }

    /// <summary>Talks to a kernel.</summary>
    /// <param name="connection">Its ports.</param>
    /// <param name="start">Whether it has to be started first; otherwise another process is one.</param>
    public JupyterClient(ConnectionFile connection, bool start)
    {
        _key = connection.Key;
        int[] ports = [connection.Shell, connection.Control, connection.Publication, connection.Input, connection.Heartbeat];
        if (start)
        {
            _kernel = new Kernel(connection, new CSharpSession(AppContext.BaseDirectory), line => { lock (Notes) Notes.Add(line); });
            _serving = new Thread(_kernel.Serve) { IsBackground = true };
            _serving.Start();
        }
        foreach (var channel in Enum.GetValues<Channel>())
        {
            var socket = _zeroMq.Open(channel == Channel.Publication ? ZeroMq.Kind.Subscribe : ZeroMq.Kind.Dealer);
            if (channel == Channel.Publication) socket.Set(ZeroMq.Option.Subscribe, []);
            else socket.Set(ZeroMq.Option.Identity, _name); // shell and stdin belong together by their name
            socket.Set(ZeroMq.Option.Linger, 0);
            socket.Connect($"tcp://127.0.0.1:{ports[(int)channel]}");
            _sockets[channel] = socket;
        }
        // A subscriber that has just connected misses what is sent at once.
        while (!ZeroMq.Wait([_sockets[Channel.Publication]], 100)[0]) Reply(Send("kernel_info_request", []));
    }

    /// <summary>What the kernel wrote into its log.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Whether the kernel has ended by itself.</summary>
    public bool Ended => _serving!.Join(Patience);

    /// <summary>A message that came: its type, the message that it belongs to, and what it says.</summary>
    public sealed record Message(string Type, string? Parent, JsonElement Content, JsonElement Header)
    {
        public string Text(string name) => Content.GetProperty(name).GetString()!;
    }

    /// <summary>Sends a request.</summary>
    /// <returns>Its number.</returns>
    public string Send(string type, JsonObject content, Channel channel = Channel.Shell)
    {
        var (id, frames) = Frames(type, content);
        _sockets[channel].Send(frames);
        return id;
    }

    /// <summary>Sends frames as they are.</summary>
    public void SendRaw(Channel channel, IReadOnlyList<byte[]> frames) => _sockets[channel].Send(frames);

    /// <summary>The frames of a request, signed.</summary>
    public (string Id, byte[][] Frames) Frames(string type, JsonObject content)
    {
        var id = Guid.NewGuid().ToString();
        var header = new JsonObject { ["msg_id"] = id, ["session"] = "test", ["username"] = "", ["date"] = "2026-01-01T00:00:00Z", ["msg_type"] = type, ["version"] = "5.3" };
        return (id, Signed([Encoding.UTF8.GetBytes(header.ToJsonString()), "{}"u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content.ToJsonString())]));
    }

    /// <summary>Pieces of a message with their signature.</summary>
    public byte[][] Signed(byte[][] pieces) => [.. (byte[][])["<IDS|MSG>"u8.ToArray(), Signature(pieces)], .. pieces];

    public string Execute(string code, bool silent = false, bool history = true, bool stop = true, bool questions = false, JsonObject? expressions = null) => Send("execute_request", new JsonObject
    {
        ["code"] = code, ["silent"] = silent, ["store_history"] = history, ["stop_on_error"] = stop, ["allow_stdin"] = questions, ["user_expressions"] = expressions ?? [],
    });

    /// <summary>Runs a cell to its end.</summary>
    public (Message Reply, IReadOnlyList<Message> Outputs) Run(string code, JsonObject? expressions = null)
    {
        var id = Execute(code, expressions: expressions);
        var outputs = Outputs(id, out _);
        return (Reply(id), outputs);
    }

    /// <summary>The answer to a request.</summary>
    public Message Reply(string id, Channel channel = Channel.Shell)
    {
        var message = Next(channel);
        Assert.Equal(id, message.Parent);
        return message;
    }

    /// <summary>The next message of a channel; its signature is checked.</summary>
    public Message Next(Channel channel)
    {
        if (!ZeroMq.Wait([_sockets[channel]], Patience)[0]) Assert.Fail($"nothing came on the {channel} channel; the kernel's log: {string.Join('\n', Notes)}");
        var frames = _sockets[channel].Receive()!;
        int delimiter = Array.FindIndex(frames, f => f.AsSpan().SequenceEqual("<IDS|MSG>"u8));
        var pieces = frames[(delimiter + 2)..];
        Assert.Equal(4, pieces.Length);
        Assert.Equal(Encoding.ASCII.GetString(Signature(pieces)), Encoding.ASCII.GetString(frames[delimiter + 1]));
        var (header, parent) = (JsonElement.Parse(pieces[0]), JsonElement.Parse(pieces[1]));
        return new Message(header.GetProperty("msg_type").GetString()!, parent.TryGetProperty("msg_id", out var id) ? id.GetString() : null, JsonElement.Parse(pieces[3]), header);
    }

    /// <summary>What a request publishes between busy and idle; messages of other requests are passed over.</summary>
    public IReadOnlyList<Message> Outputs(string id, out List<Message> others)
    {
        var outputs = new List<Message>();
        others = [];
        bool busy = false;
        while (true)
        {
            var message = Next(Channel.Publication);
            if (message.Parent != id) others.Add(message);
            else if (message.Type != "status") outputs.Add(message);
            else if (message.Text("execution_state") == "idle") break;
            else busy = true;
        }
        Assert.True(busy);
        return outputs;
    }

    /// <summary>The bytes that a heartbeat brings back.</summary>
    public byte[] Beat(byte[] bytes)
    {
        _sockets[Channel.Heartbeat].Send([bytes]);
        Assert.True(ZeroMq.Wait([_sockets[Channel.Heartbeat]], Patience)[0], "no heartbeat");
        return _sockets[Channel.Heartbeat].Receive()!.Single();
    }

    public void Dispose()
    {
        _kernel?.Dispose();
        foreach (var socket in _sockets.Values) socket.Dispose();
        _zeroMq.Dispose();
    }

    /// <summary>Skips a test where libzmq is missing.</summary>
    public static void Need()
    {
        Assert.SkipUnless(System.Runtime.InteropServices.NativeLibrary.TryLoad("libzmq.so.5", out _), "libzmq.so.5 is missing: the Debian package libzmq5 has it");
    }

    /// <summary>Ports that nobody has at the moment, and a key.</summary>
    public static ConnectionFile NewConnection(string key)
    {
        Need();
        var listeners = Enumerable.Range(0, 5).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Stop();
        return new ConnectionFile(ports[0], ports[1], ports[2], ports[3], ports[4], Encoding.UTF8.GetBytes(key));
    }

    /// <summary>The kernel of many tests, started by the first that asks for it.</summary>
    public sealed class Shared : IDisposable
    {
        private JupyterClient? _client;

        public JupyterClient Client => _client ??= new();

        public void Dispose() => _client?.Dispose();
    }

    private byte[] Signature(byte[][] pieces) => _key.Length == 0 ? [] : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(_key, pieces.SelectMany(p => p).ToArray())));
}

/// <summary>Tests with kernels in this process run alone: live pictures belong to the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Kernels
{
    public const string Name = "kernels";
}
