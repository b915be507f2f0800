using NerfLab.Notebooks.Jupyter;

namespace NerfLab.Notebooks.Tests;

public class ConnectionFileTests
{
    private const string Good = """{"shell_port":5001,"iopub_port":5002,"stdin_port":5003,"control_port":5004,"hb_port":5005,"ip":"127.0.0.1","key":"ä","transport":"tcp","signature_scheme":"hmac-sha256","kernel_name":"nerflab"}""";

    [Fact]
    public void AConnectionFileIsRead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["c.json"], Good);
        var file = ConnectionFile.Read(folder["c.json"]);
        Assert.Equal((5001, 5004, 5002, 5003, 5005), (file.Shell, file.Control, file.Publication, file.Input, file.Heartbeat));
        Assert.Equal("ä"u8, file.Key);
    }

    [Theory]
    [InlineData("\"127.0.0.1\"", "\"0.0.0.0\"", "ip is 0.0.0.0; a kernel runs whatever it is sent, so it listens to this machine alone; 127.0.0.1 is expected")]
    [InlineData("\"127.0.0.1\"", "\"192.168.1.7\"", "ip is 192.168.1.7")]
    [InlineData("\"127.0.0.1\"", "\"*\"", "ip is *")]
    [InlineData("\"127.0.0.1\"", "\"127.0.0.1:1;tcp://0.0.0.0\"", "it listens to this machine alone")]
    [InlineData("\"127.0.0.1\"", "7", "ip is 7; a text is expected")]
    [InlineData("\"tcp\"", "\"ipc\"", "transport is ipc; tcp is expected")]
    [InlineData("hmac-sha256", "hmac-md5", "signature_scheme is hmac-md5; hmac-sha256 is expected")]
    [InlineData("\"key\":\"ä\",", "", "key is missing")]
    [InlineData("\"key\":\"ä\"", "\"key\":null", "key is null; a text is expected")]
    [InlineData("\"ä\"", "\"\\ud800\"", "key is no Unicode text")]
    [InlineData("5001", "0", "shell_port is 0; a port from 1 to 65535 is expected")]
    [InlineData("5001", "65536", "shell_port is 65536")]
    [InlineData("5001", "-1", "shell_port is -1")]
    [InlineData("5001", "1.5", "shell_port is 1.5")]
    [InlineData("5001", "\"5001\"", "shell_port is \"5001\"")]
    [InlineData("5001", "5002", "two of the ports 5002, 5004, 5002, 5003, 5005 are the same")]
    [InlineData("\"hb_port\":5005,", "", "hb_port is missing")]
    [InlineData("\"hb_port\"", "\"iopub_port\"", "broken JSON (a key stands there twice)")]
    [InlineData("}", "", "broken JSON in line 1")]
    public void WhatIsWrongIsSaid(string right, string wrong, string sentence)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["c.json"], Good.Replace(right, wrong));
        var e = Assert.Throws<BadInputException>(() => ConnectionFile.Read(folder["c.json"]));
        Assert.StartsWith($"{folder["c.json"]}: ", e.Message);
        Assert.Contains(sentence, e.Message);
        Assert.DoesNotContain("ä", e.Message); // the key is nobody's business
    }

    [Fact]
    public void AFileThatIsNoneIsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("cannot be read", Assert.Throws<BadInputException>(() => ConnectionFile.Read(folder["missing.json"])).Message);
        Assert.Contains("cannot be read", Assert.Throws<BadInputException>(() => ConnectionFile.Read(folder.Path)).Message);
        File.WriteAllText(folder["list.json"], "[]");
        Assert.Contains("an object", Assert.Throws<BadInputException>(() => ConnectionFile.Read(folder["list.json"])).Message);
        File.WriteAllBytes(folder["large.json"], new byte[(1 << 20) + 1]);
        Assert.Contains("larger than 1 MB", Assert.Throws<BadInputException>(() => ConnectionFile.Read(folder["large.json"])).Message);
    }

    [Fact]
    public void DamagedFilesNeverEndInAnythingButASentence()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        var bytes = System.Text.Encoding.UTF8.GetBytes(Good);
        int refused = 0;
        for (int i = 0; i < 500; i++)
        {
            var damaged = bytes.ToArray();
            for (int j = 0; j < 3; j++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder["c.json"], damaged);
            try
            {
                ConnectionFile.Read(folder["c.json"]);
            }
            catch (BadInputException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 250, 500);
    }
}
