using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>A message that came in, with a signature that fits.</summary>
/// <param name="Sender">The frames in front that say who sent it; they lead a reply back.</param>
/// <param name="Header">Its header as it came: replies and outputs carry it to say what they belong to.</param>
/// <param name="Type">What it is, such as <c>execute_request</c>.</param>
/// <param name="Content">What it says.</param>
internal sealed record Request(IReadOnlyList<byte[]> Sender, byte[] Header, string Type, JsonElement Content)
{
    /// <summary>The place among all that came in, from 1.</summary>
    public long Number { get; init; }

    /// <summary>A text of the content.</summary>
    public string Text(string name, string otherwise = "") => Content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : otherwise;

    /// <summary>A yes or no of the content.</summary>
    public bool Flag(string name, bool otherwise) => Content.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : otherwise;

    /// <summary>A whole number of the content.</summary>
    public int? Whole(string name) => Content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}

/// <summary>Messages as frames: who, a delimiter, the signature, and four pieces of JSON that it covers.</summary>
/// <param name="key">The key of HMAC-SHA256; with an empty one nothing is signed and nothing is checked.</param>
internal sealed class Wire(byte[] key)
{
    /// <summary>The version of the protocol that the kernel speaks.</summary>
    public const string Version = "5.3";

    /// <summary>How many signatures are remembered, so that a message cannot be sent a second time by somebody who saw it.</summary>
    private const int Remembered = 1 << 16;

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };
    private static readonly byte[] s_delimiter = "<IDS|MSG>"u8.ToArray(), s_empty = "{}"u8.ToArray();

    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly HashSet<string> _seen = [];
    private readonly Queue<string> _order = [];

    /// <summary>The frames of a message.</summary>
    /// <param name="to">The frames of who gets it; for outputs the topic.</param>
    /// <param name="parent">The header of the message that it belongs to, or null.</param>
    /// <param name="type">What it is.</param>
    /// <param name="content">What it says.</param>
    public IReadOnlyList<byte[]> Write(IReadOnlyList<byte[]> to, byte[]? parent, string type, JsonObject content)
    {
        var header = new JsonObject
        {
            ["msg_id"] = Guid.NewGuid().ToString("N"),
            ["session"] = _session,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("o", CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = Version,
        };
        byte[][] pieces = [Bytes(header), parent ?? s_empty, s_empty, Bytes(content)];
        return [.. to, s_delimiter, Encoding.ASCII.GetBytes(key.Length == 0 ? "" : Sign(pieces)), .. pieces];
    }

    /// <summary>Reads what came in.</summary>
    /// <returns>The message, or null and the reason why it is refused.</returns>
    public (Request? Request, string Refusal) Read(byte[][] frames)
    {
        int delimiter = Array.FindIndex(frames, f => f.AsSpan().SequenceEqual(s_delimiter));
        if (delimiter < 0 || frames.Length < delimiter + 6) return (null, "it is no message of Jupyter's protocol");
        var pieces = frames[(delimiter + 2)..(delimiter + 6)];
        if (key.Length > 0)
        {
            var signature = Sign(pieces);
            if (!CryptographicOperations.FixedTimeEquals(frames[delimiter + 1], Encoding.ASCII.GetBytes(signature))) return (null, "its signature does not fit");
            if (!_seen.Add(signature)) return (null, "its signature was seen before");
            _order.Enqueue(signature);
            if (_order.Count > Remembered) _seen.Remove(_order.Dequeue());
        }
        try
        {
            var (header, content) = (Json(pieces[0]), Json(pieces[3]));
            if (header.ValueKind != JsonValueKind.Object || content.ValueKind != JsonValueKind.Object) return (null, "its header and its content are no objects");
            if (!header.TryGetProperty("msg_type", out var type) || type.ValueKind != JsonValueKind.String) return (null, "its header has no msg_type");
            return (new Request(frames[..delimiter], pieces[0], type.GetString()!, content), "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, $"it is broken JSON ({e.Message})");
        }
    }

    private string Sign(byte[][] pieces)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var piece in pieces) hash.AppendData(piece);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json, s_plain);

    private static JsonElement Json(byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes, s_strict);
        return document.RootElement.Clone();
    }
}
