using System.Text;
using System.Text.Json.Nodes;
using NerfLab.Notebooks.Jupyter;

namespace NerfLab.Notebooks.Tests;

/// <summary>What a kernel refuses, and how it ends.</summary>
[Collection(Kernels.Name)]
public sealed class KernelSafetyTests(KernelSafetyTests.Started started) : IClassFixture<KernelSafetyTests.Started>
{
    private JupyterClient Client => started.Shared.Client;

    [Fact]
    public void AWrongSignatureIsRefused()
    {
        int frame = 0;
        foreach (var damage in new Action<byte[][]>[]
        {
            f => f[1][0] ^= 1,              // the signature itself
            f => f[1] = [],                 // none
            f => f[1] = f[1][..32],         // the beginning of the right one
            f => f[5][^2] ^= 1,             // the content
            f => (f[3], f[4]) = (f[4], "{ }"u8.ToArray()), // a piece that does not matter otherwise
        })
        {
            var (_, frames) = Client.Frames("execute_request", new JsonObject { ["code"] = "var reached = true;" });
            damage(frames);
            Client.SendRaw(Channel.Shell, frames);
            frame++;
        }
        // The next that is answered is the next that is signed.
        Assert.Equal("CS0103", ErrorOf("reached"));
        Assert.Equal(frame, Client.Notes.Count(n => n.Contains("its signature does not fit")));
    }

    [Fact]
    public void AMessageCountsOnce()
    {
        var (id, frames) = Client.Frames("execute_request", new JsonObject { ["code"] = "int times = 1;" });
        Client.SendRaw(Channel.Shell, frames);
        Client.SendRaw(Channel.Shell, frames);
        Client.SendRaw(Channel.Control, frames);
        Assert.Equal("ok", Client.Reply(id).Text("status"));
        Client.Reply(Client.Send("kernel_info_request", []));
        Client.Reply(Client.Send("kernel_info_request", [], Channel.Control), Channel.Control);
        Assert.Equal(2, Client.Notes.Count(n => n.Contains("its signature was seen before")));
    }

    [Fact]
    public void DamagedMessagesAreIgnored()
    {
        Client.SendRaw(Channel.Shell, ["nonsense"u8.ToArray()]);
        Client.SendRaw(Channel.Shell, ["<IDS|MSG>"u8.ToArray()]);
        Client.SendRaw(Channel.Shell, ["<IDS|MSG>"u8.ToArray(), [], [], []]);
        Client.SendRaw(Channel.Input, [[], [], []]);
        var deep = new string('[', 100_000) + new string(']', 100_000);
        foreach (var (header, content) in new[] { ("", "{}"), ("[]", "{}"), ("{}", "{}"), ("{\"msg_type\":1}", "{}"), ("{\"msg_type\":\"execute_request\"}", "[]"), ("{\"msg_type\":\"execute_request\"}", $"{{\"code\":{deep}}}"), ("{\"msg_type\":\"a\",\"msg_type\":\"b\"}", "{}"), ("{\"msg_type\":\"\\ud800\"}", "{}") })
            Client.SendRaw(Channel.Shell, Client.Signed([Encoding.UTF8.GetBytes(header), "{}"u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content)]));
        // Contents that fit no request.
        foreach (var content in new[] { "{\"code\":5}", "{}", "{\"code\":null,\"user_expressions\":[],\"silent\":3}" })
        {
            var id = Client.Send("execute_request", JsonNode.Parse(content)!.AsObject());
            Assert.Equal("ok", Client.Reply(id).Text("status"));
        }
        Assert.Equal("ok", Client.Reply(Client.Send("complete_request", new JsonObject { ["code"] = "a", ["cursor_pos"] = -5 })).Text("status"));
        Assert.Equal("error", Client.Reply(Client.Send("execute_request", new JsonObject { ["code"] = "\0" })).Text("status"));
        Assert.Equal("ok", Client.Run("1").Reply.Text("status"));
    }

    [Fact]
    public void WithoutAKeyNothingIsSigned()
    {
        using var unsigned = new JupyterClient(key: "");
        Assert.Equal("ok", unsigned.Run("1").Reply.Text("status"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AKernelEndsWhenItIsAsked(bool restart)
    {
        using var client = new JupyterClient();
        var loop = client.Execute("Console.Write(1); while (true) { }"); // also while a cell runs
        while (client.Next(Channel.Publication) is var output && output.Type != "stream") ;
        var reply = client.Reply(client.Send("shutdown_request", new JsonObject { ["restart"] = restart }, Channel.Control), Channel.Control);
        Assert.Equal(restart, reply.Content.GetProperty("restart").GetBoolean());
        Assert.True(client.Ended);
        Assert.NotEqual("", loop);
    }

    [Fact]
    public void ATakenPortIsNamed()
    {
        var connection = JupyterClient.NewConnection("k");
        using var first = new Kernel(connection, new CSharpSession(AppContext.BaseDirectory), _ => { });
        var e = Assert.Throws<BadInputException>(() => new Kernel(connection, new CSharpSession(AppContext.BaseDirectory), _ => { }));
        Assert.Contains($":{connection.Shell}: another program has this port", e.Message);
    }

    private string ErrorOf(string code) => Client.Run(code).Reply.Text("ename");

    /// <summary>One kernel for all.</summary>
    public sealed class Started : IDisposable
    {
        internal JupyterClient.Shared Shared { get; } = new();

        public void Dispose() => Shared.Dispose();
    }
}
