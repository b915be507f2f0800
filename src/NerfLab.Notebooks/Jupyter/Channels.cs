namespace NerfLab.Notebooks.Jupyter;

/// <summary>The five sockets of a kernel. One thread owns them: it passes on what comes in, sends what others post, and answers heartbeats.</summary>
internal sealed class Channels : IDisposable
{
    private const int LargestMessage = 64 << 20, Milliseconds = 1000, Turn = 100;
    private const string Inside = "inproc://posts";

    private readonly ZeroMq _zeroMq = new();
    private readonly ZeroMq.Socket[] _sockets;
    private readonly ZeroMq.Socket _posts, _post;
    private readonly Wire _wire;
    private readonly Action<Channel, Request> _receive;
    private readonly Action<string> _refuse;
    private readonly Func<bool> _alive;
    private readonly Thread _thread;
    private readonly Lock _posting = new();
    private bool _started, _ended;

    /// <summary>Binds the sockets, to this machine alone; <see cref="Start"/> opens them.</summary>
    /// <param name="connection">The ports.</param>
    /// <param name="wire">How messages are written and read.</param>
    /// <param name="receive">Gets each request, and soon returns.</param>
    /// <param name="refuse">Gets the reason why a message is refused.</param>
    /// <param name="alive">Asked every second; once it says no, the sockets are closed.</param>
    /// <exception cref="BadInputException">A port is taken, or libzmq is missing.</exception>
    public Channels(ConnectionFile connection, Wire wire, Action<Channel, Request> receive, Action<string> refuse, Func<bool> alive)
    {
        (_wire, _receive, _refuse, _alive) = (wire, receive, refuse, alive);
        int[] ports = [connection.Shell, connection.Control, connection.Publication, connection.Input, connection.Heartbeat];
        _sockets = [.. ports.Select((_, i) => _zeroMq.Open(i == (int)Channel.Publication ? ZeroMq.Kind.Publish : ZeroMq.Kind.Router))];
        (_posts, _post) = (_zeroMq.Open(ZeroMq.Kind.Pull), _zeroMq.Open(ZeroMq.Kind.Push));
        try
        {
            foreach (var (socket, port) in _sockets.Zip(ports))
            {
                socket.Set(ZeroMq.Option.Linger, Milliseconds); // the last reply still leaves
                socket.Limit(LargestMessage);
                socket.Set(ZeroMq.Option.SendQueue, 0); // otherwise what is fetched slowly would be dropped
                if (socket != _sockets[(int)Channel.Publication]) socket.Set(ZeroMq.Option.Handover, 1); // who comes back with the same name is heard again
                socket.Bind($"tcp://{ConnectionFile.Address}:{port}");
            }
            _posts.Bind(Inside);
            _post.Connect(Inside);
        }
        catch
        {
            Close();
            _zeroMq.Dispose();
            throw;
        }
        _thread = new Thread(Carry) { IsBackground = true, Name = "channels" };
    }

    /// <summary>From now on requests are received; what was posted before is sent.</summary>
    public void Start()
    {
        _started = true;
        _thread.Start();
    }

    /// <summary>Sends a message; can be called by every thread, and what one thread sends arrives in its order.</summary>
    /// <param name="channel">Where.</param>
    /// <param name="to">The sender of the request that it answers, or the topic of an output.</param>
    /// <param name="parent">The header of the request that it belongs to, or null.</param>
    /// <param name="type">What it is.</param>
    /// <param name="content">What it says.</param>
    public void Send(Channel channel, IReadOnlyList<byte[]> to, byte[]? parent, string type, System.Text.Json.Nodes.JsonObject content)
    {
        var frames = _wire.Write(to, parent, type, content);
        lock (_posting)
            if (!_ended) _post.Send([[(byte)channel], .. frames]);
    }

    /// <summary>Sends what is posted, and closes the sockets.</summary>
    public void Dispose()
    {
        lock (_posting)
        {
            if (!_ended && _started) _post.Send([[]]);
            else if (!_ended) Close();
        }
        if (_started) _thread.Join();
        _zeroMq.Dispose();
    }

    private void Carry()
    {
        ZeroMq.Socket[] read = [.. _sockets.Where((_, i) => i != (int)Channel.Publication), _posts];
        Channel[] channels = [Channel.Shell, Channel.Control, Channel.Input, Channel.Heartbeat];
        bool open = true;
        while (open)
        {
            var ready = ZeroMq.Wait(read, Milliseconds);
            for (int i = 0; i < channels.Length; i++)
            {
                // What is there is fetched at once: a failing cell also ends those that were sent with it.
                while (ready[i] && read[i].Receive() is { } frames)
                {
                    if (channels[i] == Channel.Heartbeat) read[i].Send(frames);
                    else if (_wire.Read(frames) is var (request, refusal) && request is not null) _receive(channels[i], request);
                    else _refuse($"a message on the {channels[i].ToString().ToLowerInvariant()} channel is ignored: {refusal}");
                }
            }
            // A cell that shows something in a loop must not keep its interruption from being heard.
            for (int turn = 0; turn < Turn && open && ready[^1] && _posts.Receive() is { } post; turn++)
            {
                if (post[0].Length == 0) open = false;
                else _sockets[post[0][0]].Send(post[1..]);
            }
            open &= _alive();
        }
        // Who posts may wait for room, with the lock in hand.
        while (!_posting.TryEnter()) while (_posts.Receive() is not null) ;
        Close();
        _posting.Exit();
    }

    private void Close()
    {
        _ended = true;
        foreach (var socket in _sockets) socket.Dispose();
        _posts.Dispose();
        _post.Set(ZeroMq.Option.Linger, 0);
        _post.Dispose();
    }
}

/// <summary>What a socket of a kernel is for.</summary>
internal enum Channel
{
    Shell, Control, Publication, Input, Heartbeat,
}
