using System.Runtime.InteropServices;
using System.Text;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>What the kernel needs of the system's libzmq 4: sockets that carry messages of several frames.</summary>
internal sealed unsafe partial class ZeroMq : IDisposable
{
    private const string Library = "libzmq.so.5";

    // Values of zmq.h and errno.h.
    private const int Interrupted = 4, Again = 11, AddressInUse = 98;
    private const int DontWait = 1, SendMore = 2, Readable = 1;

    private nint _context;

    /// <exception cref="BadInputException">The library is not installed.</exception>
    public ZeroMq()
    {
        try
        {
            _context = zmq_ctx_new();
        }
        catch (DllNotFoundException e)
        {
            throw new BadInputException($"{Library} is missing, which carries the messages between Jupyter and its kernels; on Debian and Ubuntu the package libzmq5 has it", e);
        }
        if (_context == 0) throw Failure("no context");
    }

    /// <summary>A kind of socket, by its number in zmq.h.</summary>
    public enum Kind
    {
        Publish = 1, Subscribe = 2, Dealer = 5, Router = 6, Pull = 7, Push = 8,
    }

    /// <summary>An option of a socket, by its number in zmq.h.</summary>
    public enum Option
    {
        Identity = 5, Subscribe = 6, Linger = 17, MostBytes = 22, SendQueue = 23, ReceiveQueue = 24, Handover = 56,
    }

    public Socket Open(Kind kind)
    {
        var socket = zmq_socket(_context, (int)kind);
        return socket == 0 ? throw Failure("no socket") : new Socket(socket);
    }

    /// <summary>Ends the context, and waits for what sockets still send; they have to be closed before.</summary>
    public void Dispose()
    {
        if (_context != 0) zmq_ctx_term(_context);
        _context = 0;
    }

    /// <summary>Waits until a socket can be read.</summary>
    /// <param name="sockets">The sockets; they are used by this thread alone.</param>
    /// <param name="milliseconds">How long at most.</param>
    /// <returns>Of each, whether there is a message.</returns>
    public static bool[] Wait(IReadOnlyList<Socket> sockets, int milliseconds)
    {
        var items = stackalloc Item[sockets.Count];
        for (int i = 0; i < sockets.Count; i++) items[i] = new Item { Socket = sockets[i].Handle, Events = Readable };
        if (zmq_poll(items, sockets.Count, new CLong(milliseconds)) < 0 && Marshal.GetLastPInvokeError() != Interrupted) throw Failure("cannot wait");
        var ready = new bool[sockets.Count];
        for (int i = 0; i < ready.Length; i++) ready[i] = (items[i].Returned & Readable) != 0;
        return ready;
    }

    private static InvalidOperationException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new InvalidOperationException($"libzmq: {what} ({Marshal.PtrToStringUTF8(zmq_strerror(error))})");
    }

    /// <summary>A socket: used by one thread at a time.</summary>
    public sealed class Socket(nint handle) : IDisposable
    {
        public nint Handle { get; private set; } = handle;

        /// <exception cref="BadInputException">The port is taken.</exception>
        public void Bind(string endpoint)
        {
            if (zmq_bind(Handle, endpoint) == 0) return;
            throw Marshal.GetLastPInvokeError() == AddressInUse ? new BadInputException($"{endpoint}: another program has this port; start the kernel again with a new connection file") : Failure(endpoint);
        }

        public void Connect(string endpoint)
        {
            if (zmq_connect(Handle, endpoint) != 0) throw Failure(endpoint);
        }

        public void Set(Option option, int value) => Set(option, new ReadOnlySpan<byte>(&value, sizeof(int)));

        /// <summary>Larger messages end the connection that brings them.</summary>
        public void Limit(long bytes) => Set(Option.MostBytes, new ReadOnlySpan<byte>(&bytes, sizeof(long)));

        public void Set(Option option, ReadOnlySpan<byte> value)
        {
            fixed (byte* bytes = value)
                if (zmq_setsockopt(Handle, (int)option, bytes, (nuint)value.Length) != 0) throw Failure(option.ToString());
        }

        public void Send(IReadOnlyList<byte[]> frames)
        {
            for (int i = 0; i < frames.Count; i++)
            {
                fixed (byte* bytes = frames[i])
                    while (zmq_send(Handle, bytes, (nuint)frames[i].Length, i + 1 < frames.Count ? SendMore : 0) < 0)
                        if (Marshal.GetLastPInvokeError() != Interrupted) throw Failure("cannot send");
            }
        }

        /// <summary>The next message's frames; null when there is none yet.</summary>
        public byte[][]? Receive()
        {
            var frames = new List<byte[]>();
            Frame frame;
            do
            {
                zmq_msg_init(&frame);
                try
                {
                    // The frames of a message arrive together: only the first can be waited for.
                    while (zmq_msg_recv(&frame, Handle, DontWait) < 0)
                    {
                        var error = Marshal.GetLastPInvokeError();
                        if (error == Again && frames.Count == 0) return null;
                        if (error != Interrupted) throw Failure("cannot receive");
                    }
                    frames.Add(new ReadOnlySpan<byte>(zmq_msg_data(&frame), checked((int)zmq_msg_size(&frame))).ToArray());
                    if (zmq_msg_more(&frame) == 0) return [.. frames];
                }
                finally
                {
                    zmq_msg_close(&frame);
                }
            }
            while (true);
        }

        public void Dispose()
        {
            if (Handle != 0) zmq_close(Handle);
            Handle = 0;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Item
    {
        public nint Socket;
        public int File;
        public short Events, Returned;
    }

    /// <summary>zmq_msg_t: 64 bytes that only the library looks into.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Frame
    {
        private readonly nint _first;
    }

    [LibraryImport(Library, SetLastError = true)] private static partial nint zmq_ctx_new();
    [LibraryImport(Library)] private static partial int zmq_ctx_term(nint context);
    [LibraryImport(Library, SetLastError = true)] private static partial nint zmq_socket(nint context, int type);
    [LibraryImport(Library)] private static partial int zmq_close(nint socket);
    [LibraryImport(Library, SetLastError = true)] private static partial int zmq_setsockopt(nint socket, int option, void* value, nuint length);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int zmq_bind(nint socket, string endpoint);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int zmq_connect(nint socket, string endpoint);
    [LibraryImport(Library, SetLastError = true)] private static partial int zmq_poll(Item* items, int count, CLong milliseconds);
    [LibraryImport(Library, SetLastError = true)] private static partial int zmq_send(nint socket, void* bytes, nuint length, int flags);
    [LibraryImport(Library)] private static partial int zmq_msg_init(Frame* frame);
    [LibraryImport(Library, SetLastError = true)] private static partial int zmq_msg_recv(Frame* frame, nint socket, int flags);
    [LibraryImport(Library)] private static partial void* zmq_msg_data(Frame* frame);
    [LibraryImport(Library)] private static partial nuint zmq_msg_size(Frame* frame);
    [LibraryImport(Library)] private static partial int zmq_msg_more(Frame* frame);
    [LibraryImport(Library)] private static partial int zmq_msg_close(Frame* frame);
    [LibraryImport(Library)] private static partial nint zmq_strerror(int error);
}
