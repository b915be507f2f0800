using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NerfLab.Plotting;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>
/// A Jupyter kernel: runs the cells that front ends send, in their order, and answers on a second channel while one runs.
/// It speaks version 5.3 of the protocol (https://jupyter-client.readthedocs.io/en/stable/messaging.html).
/// </summary>
public sealed class Kernel : IDisposable
{
    /// <summary>How long cells that were sent together with a failing one take to arrive.</summary>
    private const int Milliseconds = 50;

    private readonly BlockingCollection<Request> _shell = [], _control = [];
    private readonly Channels _channels;
    private readonly Publication _publication;
    private readonly Questions _questions;
    private readonly Cells _cells;
    private readonly Action<string> _note;
    private readonly ManualResetEventSlim _stopped = new();
    private long _received, _failed;

    /// <summary>Binds the kernel's ports; requests wait until <see cref="Serve"/>.</summary>
    /// <param name="connection">The ports and the key.</param>
    /// <param name="session">What runs the cells.</param>
    /// <param name="note">Gets lines for the log, such as why a message was refused.</param>
    /// <exception cref="BadInputException">A port is taken, or libzmq is missing.</exception>
    public Kernel(ConnectionFile connection, CSharpSession session, Action<string> note)
    {
        _note = note;
        int parent = ParentWatch.Start();
        _channels = new Channels(connection, new Wire(connection.Key), Receive, note, () => ParentWatch.Lives(parent) || Stop());
        _publication = new Publication(_channels);
        _questions = new Questions(_channels, _publication);
        _cells = new Cells(_publication, _questions, session);
        Live.Display = new LivePictures();
    }

    /// <summary>Answers requests until one asks for the end, or <see cref="End"/> is called.</summary>
    public void Serve()
    {
        _channels.Start();
        _publication.State("starting", null);
        Thread[] workers = [new(() => Work(_shell, Channel.Shell)) { Name = "cells" }, new(() => Work(_control, Channel.Control)) { Name = "control" }];
        foreach (var worker in workers)
        {
            worker.IsBackground = true; // a cell that cannot be interrupted does not keep the program alive
            worker.Start();
        }
        _stopped.Wait();
        foreach (var worker in workers) worker.Join(1000);
    }

    /// <summary>Stops the cell that runs; the state of the session stays as it is.</summary>
    public void Interrupt()
    {
        _cells.Interrupt();
        _questions.Cancel();
    }

    /// <summary>Ends <see cref="Serve"/>.</summary>
    public void End() => Stop();

    /// <summary>Closes the ports; what was answered is still sent.</summary>
    public void Dispose()
    {
        Stop();
        Live.Display = null;
        _publication.Dispose();
        _channels.Dispose();
    }

    private bool Stop()
    {
        _shell.CompleteAdding();
        _control.CompleteAdding();
        if (!_stopped.IsSet) Interrupt();
        _stopped.Set();
        return false;
    }

    // On the thread of the channels.
    private void Receive(Channel channel, Request request)
    {
        if (channel == Channel.Input)
        {
            if (request.Type == "input_reply") _questions.Answer(request);
            return;
        }
        var queue = channel == Channel.Control ? _control : _shell;
        if (!queue.IsAddingCompleted) queue.Add(request with { Number = Interlocked.Increment(ref _received) });
    }

    private void Work(BlockingCollection<Request> queue, Channel channel)
    {
        foreach (var request in queue.GetConsumingEnumerable())
        {
            if (_stopped.IsSet) return;
            _publication.State("busy", request);
            try
            {
                if (Answer(request) is { } content)
                    _channels.Send(channel, request.Sender, request.Header, request.Type.Replace("_request", "_reply"), content);
            }
            catch (Exception e)
            {
                _note($"{request.Type} failed: {e}");
                _channels.Send(channel, request.Sender, request.Header, request.Type.Replace("_request", "_reply"), Cells.Failure(new(e.GetType().Name, e.Message, [])));
            }
            _publication.State("idle", request);
            if (request.Type == "shutdown_request") Stop();
        }
    }

    private JsonObject? Answer(Request request) => request.Type switch
    {
        "kernel_info_request" => Info(),
        "execute_request" => Execute(request),
        "complete_request" => _cells.Complete(request),
        "inspect_request" => _cells.Inspect(request),
        "is_complete_request" => Cells.IsComplete(request),
        "history_request" => Good(("history", _cells.History.Find(request))),
        "comm_info_request" => Good(("comms", new JsonObject())),
        "comm_open" => Close(request),
        "comm_msg" or "comm_close" => null,
        "interrupt_request" => Interrupted(),
        "shutdown_request" => Good(("restart", request.Flag("restart", false))),
        _ => Unknown(request),
    };

    private JsonObject Execute(Request request)
    {
        // A cell that was sent before its sender could know that an earlier one failed.
        if (request.Number <= Interlocked.Read(ref _failed)) return new JsonObject { ["status"] = "aborted", ["execution_count"] = _cells.Count };
        var reply = _cells.Execute(request);
        if ((string?)reply["status"] == "error" && request.Flag("stop_on_error", true))
        {
            Thread.Sleep(Milliseconds);
            Interlocked.Exchange(ref _failed, Interlocked.Read(ref _received));
        }
        return reply;
    }

    private JsonObject Interrupted()
    {
        Interrupt();
        return Good();
    }

    // There is nothing for front ends to talk to but cells.
    private JsonObject? Close(Request request)
    {
        _channels.Send(Channel.Publication, ["comm_close"u8.ToArray()], request.Header, "comm_close", new JsonObject { ["comm_id"] = request.Text("comm_id"), ["data"] = new JsonObject() });
        return null;
    }

    private JsonObject? Unknown(Request request)
    {
        _note($"{request.Type}: a message of this type is not answered");
        return request.Type.EndsWith("_request", StringComparison.Ordinal) ? Cells.Failure(new("NotSupported", $"{request.Type}: this kernel does not know it", [])) : null;
    }

    private static JsonObject Info() => Good(
        ("protocol_version", Wire.Version),
        ("implementation", "nerflab"),
        ("implementation_version", Program),
        ("language_info", new JsonObject
        {
            ["name"] = "C#", ["version"] = "14.0", ["mimetype"] = "text/x-csharp", ["file_extension"] = ".cs", ["pygments_lexer"] = "csharp", ["codemirror_mode"] = "text/x-csharp",
        }),
        ("banner", $"NerfLab {Program}: C# 14 on {RuntimeInformation.FrameworkDescription}"),
        ("debugger", false),
        ("help_links", new JsonArray(
            new JsonObject { ["text"] = "C#", ["url"] = "https://learn.microsoft.com/dotnet/csharp/" },
            new JsonObject { ["text"] = "The .NET library", ["url"] = "https://learn.microsoft.com/dotnet/api/" })));

    private static string Program => typeof(Kernel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    internal static JsonObject Good(params ReadOnlySpan<(string Name, JsonNode? Value)> content)
    {
        var reply = new JsonObject { ["status"] = "ok" };
        foreach (var (name, value) in content) reply[name] = value;
        return reply;
    }
}
