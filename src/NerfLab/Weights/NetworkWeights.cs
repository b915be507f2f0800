using System.Security.Cryptography;
using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>Which file weights came from, so that a figure can say what it was measured with.</summary>
/// <param name="File">Its name without the folder.</param>
/// <param name="Sha256">The SHA-256 of its bytes, 64 hexadecimal digits.</param>
public sealed record WeightSource(string File, string Sha256)
{
    /// <summary>Of a file.</summary>
    /// <exception cref="BadInputException">The file cannot be read.</exception>
    public static WeightSource Of(string path)
    {
        using var stream = WeightFile.OpenStream(path);
        return Of(path, stream);
    }

    /// <summary>Of the bytes of a stream.</summary>
    /// <param name="path">What the file is called.</param>
    /// <param name="stream">Read to its end.</param>
    public static WeightSource Of(string path, Stream stream) => new(Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(stream)));

    /// <summary>Name and the first digits of the checksum.</summary>
    public override string ToString() => $"{File} (sha256 {Sha256[..int.Min(12, Sha256.Length)]})";
}

/// <summary>The weights of one network: handed out by name, each checked against the shape that the network needs, and freed together.</summary>
/// <param name="read">Reads the weight of a name in the shape that is given as well.</param>
/// <param name="source">Where they come from.</param>
/// <param name="device">Where the network computes.</param>
public sealed class NetworkWeights(Func<string, long[], Tensor> read, WeightSource source, Device device) : IDisposable
{
    readonly List<Tensor> _taken = [];

    /// <summary>Where they come from.</summary>
    public WeightSource Source => source;

    /// <summary>Where the network computes.</summary>
    public Device Device => device;

    /// <summary>From a file that is open as long as weights are taken.</summary>
    /// <param name="file">The file.</param>
    /// <param name="device">Where the network computes.</param>
    public static NetworkWeights Of(WeightFile file, Device device) => Of(file, WeightSource.Of(file.Path), device);

    /// <summary>From a file that is open as long as weights are taken.</summary>
    /// <param name="file">The file.</param>
    /// <param name="source">What it is.</param>
    /// <param name="device">Where the network computes.</param>
    public static NetworkWeights Of(WeightFile file, WeightSource source, Device device) => new((name, shape) => Read(file, name, shape), source, device);

    /// <summary>The shape of a weight in a file, whether it is stored as numbers or as steps; null where there is none of that name.</summary>
    public static long[]? ShapeIn(WeightFile file, string name) => (file.NameOf(name) ?? file.NameOf(name + Steps)) is { } stored ? file.Shape(stored) : null;

    const string Steps = ".q"; // weights in 256 steps: (q + zero) · step, with one zero and one step for a tensor

    /// <summary>A weight.</summary>
    /// <param name="name">Its name in the network, as in features.0.weight.</param>
    /// <param name="shape">Its shape in the network.</param>
    /// <returns>float32 on the device; it lives as long as this object.</returns>
    /// <exception cref="BadInputException">It is missing or has another shape.</exception>
    public Tensor Take(string name, params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Keep(read(name, shape).to(float32).to(device));
    }

    /// <summary>Keeps what was made of weights as long as this object lives.</summary>
    public Tensor Keep(Tensor made)
    {
        _taken.Add(made.DetachFromDisposeScope());
        return made;
    }

    /// <summary>Frees all that was taken.</summary>
    public void Dispose() => _taken.ForEach(w => w.Dispose());

    static Tensor Read(WeightFile file, string name, long[] shape)
    {
        if (file.NameOf(name) is { } whole) return Checked(file, whole, shape);
        if (file.NameOf(name + Steps) is not { } steps) throw new BadInputException($"{file.Path}: holds no tensor \"{name}\"; one of shape [{string.Join(',', shape)}] is expected");
        var (step, zero) = (Checked(file, One(".step"), [1]), Checked(file, One(".zero"), [1]));
        return (Checked(file, steps, shape).to(float32) + zero.to(float32)) * step;

        string One(string part) => file.NameOf(name + part) ?? throw new BadInputException($"{file.Path}: holds tensor \"{name}{Steps}\" but no \"{name}{part}\", which says what a step of it is worth");
    }

    static Tensor Checked(WeightFile file, string stored, long[] shape)
    {
        var found = file.Shape(stored);
        return found.AsSpan().SequenceEqual(shape) ? file.Read(stored)
            : throw new BadInputException($"{file.Path}: tensor \"{WeightFile.Shorten(stored)}\" has the shape [{string.Join(',', found)}]; [{string.Join(',', shape)}] is expected");
    }
}
