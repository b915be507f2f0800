using System.Text.Json.Nodes;
using NerfLab.Notebooks.Jupyter;

namespace NerfLab.Notebooks.Tests;

/// <summary><c>nerflab kernel run</c> as the process that Jupyter starts.</summary>
public class KernelProcessTests
{
    [Fact]
    public void SignalsInterruptACellAndEndTheKernel()
    {
        using var folder = new TemporaryFolder();
        var connection = JupyterClient.NewConnection("key");
        File.WriteAllText(folder["c.json"], new JsonObject
        {
            ["ip"] = "127.0.0.1", ["transport"] = "tcp", ["key"] = "key", ["signature_scheme"] = "hmac-sha256", ["shell_port"] = connection.Shell,
            ["control_port"] = connection.Control, ["iopub_port"] = connection.Publication, ["stdin_port"] = connection.Input, ["hb_port"] = connection.Heartbeat,
        }.ToJsonString());
        using var program = CliProgram.Start("kernel", "run", folder["c.json"]);
        using var client = new JupyterClient(connection, start: false);
        var loop = client.Execute("int kept = 3; Console.Write(kept); while (true) { }");
        while (client.Next(Channel.Publication) is var output && output.Type != "stream") ;
        program.Signal("INT");
        Assert.Equal("Interrupted", client.Reply(loop).Text("ename"));
        Assert.Equal("ok", client.Run("1").Reply.Text("status"));
        program.Signal("TERM");
        Assert.Equal((0, "", ""), program.Ended());
    }
}
