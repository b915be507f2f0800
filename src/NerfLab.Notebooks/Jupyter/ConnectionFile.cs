using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>Where Jupyter expects a kernel: five ports of this machine, and the key that messages are signed with.</summary>
/// <param name="Shell">The port for requests.</param>
/// <param name="Control">The port for requests that do not wait for a running cell.</param>
/// <param name="Publication">The port for outputs (iopub).</param>
/// <param name="Input">The port for what a cell asks (stdin).</param>
/// <param name="Heartbeat">The port that sends back what it gets.</param>
/// <param name="Key">The key of HMAC-SHA256; empty when messages are not signed.</param>
public sealed record ConnectionFile(int Shell, int Control, int Publication, int Input, int Heartbeat, byte[] Key)
{
    /// <summary>The only address that a kernel listens to.</summary>
    public const string Address = "127.0.0.1";

    private const int LargestFile = 1 << 20;

    /// <summary>Reads the file that Jupyter writes for a kernel.</summary>
    /// <param name="path">The file; nothing in it is trusted.</param>
    /// <exception cref="BadInputException">It cannot be read, a value is missing or wrong, or it names an address that other machines reach.</exception>
    public static ConnectionFile Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile) throw new BadInputException($"{path}: larger than {LargestFile >> 20} MB; the connection file of a Jupyter kernel is expected");
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(path, json.RootElement);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}: broken JSON{(e.LineNumber is { } line ? $" in line {line + 1}" : " (a key stands there twice)")}; the connection file of a Jupyter kernel is expected", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); Jupyter writes this file when it starts a kernel", e);
        }
    }

    private static ConnectionFile Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new BadInputException($"{path}: an object with the ports of a Jupyter kernel is expected");
        Expect("transport", "tcp", "tcp is expected", "tcp");
        Expect("ip", Address, $"a kernel runs whatever it is sent, so it listens to this machine alone; {Address} is expected", Address, "localhost");
        Expect("signature_scheme", "hmac-sha256", "hmac-sha256 is expected", "hmac-sha256");
        var key = Text("key") ?? throw new BadInputException($"{path}: key is missing; the text that messages are signed with is expected, or an empty one");
        var file = new ConnectionFile(Port("shell_port"), Port("control_port"), Port("iopub_port"), Port("stdin_port"), Port("hb_port"), Encoding.UTF8.GetBytes(key));
        int[] ports = [file.Shell, file.Control, file.Publication, file.Input, file.Heartbeat];
        return ports.Distinct().Count() == ports.Length ? file : throw new BadInputException($"{path}: two of the ports {string.Join(", ", ports)} are the same; five different ones are expected");

        void Expect(string name, string usual, string reason, params ReadOnlySpan<string> right)
        {
            var given = Text(name) ?? usual;
            if (!right.Contains(given)) throw new BadInputException($"{path}: {name} is {given}; {reason}");
        }

        string? Text(string name)
        {
            if (!root.TryGetProperty(name, out var value)) return null;
            if (value.ValueKind != JsonValueKind.String) throw new BadInputException($"{path}: {name} is {value.GetRawText()}; a text is expected");
            try
            {
                return value.GetString();
            }
            catch (InvalidOperationException e)
            {
                throw new BadInputException($"{path}: {name} is no Unicode text", e);
            }
        }

        int Port(string name)
        {
            if (!root.TryGetProperty(name, out var value)) throw new BadInputException($"{path}: {name} is missing; the number of a port is expected");
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var port) && port is > 0 and <= IPEndPoint.MaxPort
                ? port : throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{path}: {name} is {value.GetRawText()}; a port from 1 to {IPEndPoint.MaxPort} is expected"));
        }
    }
}
