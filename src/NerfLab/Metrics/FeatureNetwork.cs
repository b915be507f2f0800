using NerfLab.Weights;

namespace NerfLab.Metrics;

/// <summary>A step of a network.</summary>
/// <param name="Name">What the literature calls its result.</param>
/// <param name="Apply">[B,C,H,W] to [B,C',H',W'].</param>
public readonly record struct Layer(string Name, Func<Tensor, Tensor> Apply);

/// <summary>
/// A chain of layers with weights that somebody else trained, whose results on the way can be looked at. It is differentiable in
/// the pictures; the weights stay as they are.
/// </summary>
public sealed class FeatureNetwork : IDisposable
{
    readonly NetworkWeights _weights;
    readonly IReadOnlyList<Layer> _layers;

    /// <summary>A network.</summary>
    /// <param name="name">What the literature calls it.</param>
    /// <param name="weights">What its layers took; owned from now on.</param>
    /// <param name="leastSize">The fewest rows and columns that a picture may have.</param>
    /// <param name="layers">In order; the first takes pictures from 0 to 1 and brings them into the range that the others know.</param>
    public FeatureNetwork(string name, NetworkWeights weights, int leastSize, IReadOnlyList<Layer> layers) => (Name, _weights, LeastSize, _layers) = (name, weights, leastSize, layers);

    /// <summary>What the literature calls it.</summary>
    public string Name { get; }

    /// <summary>Where its weights come from.</summary>
    public WeightSource Source => _weights.Source;

    /// <summary>Where it computes.</summary>
    public torch.Device Device => _weights.Device;

    /// <summary>The fewest rows and columns that a picture may have.</summary>
    public int LeastSize { get; }

    /// <summary>Names of the layers, from the picture inwards.</summary>
    public IEnumerable<string> Layers => _layers.Select(l => l.Name);

    /// <summary>What some of the layers make of pictures.</summary>
    /// <param name="pictures">[B,3,H,W], RGB, 0 to 1, on the network's device.</param>
    /// <param name="layers">Names of layers.</param>
    /// <returns>[B,C,H',W'] for each name.</returns>
    /// <exception cref="ArgumentException">The pictures have another shape or are too small, or there is no such layer.</exception>
    public IReadOnlyList<Tensor> Maps(Tensor pictures, IReadOnlyList<string> layers)
    {
        Guard.Shape(pictures, [-1, 3, -1, -1]);
        if (long.Min(pictures.shape[2], pictures.shape[3]) < LeastSize) throw new ArgumentException($"{nameof(pictures)}: {Name} takes at least {LeastSize} rows and columns, got [{string.Join(',', pictures.shape)}]");
        var wanted = layers.Select(l => Layers.ToList().IndexOf(l) is >= 0 and var i ? i : throw new ArgumentException($"{nameof(layers)}: {Name} has no layer {l}; it has {string.Join(", ", Layers)}")).ToArray();
        using var scope = torch.NewDisposeScope();
        var maps = new Tensor[wanted.Length];
        var (x, kept) = (pictures, true);
        for (int i = 0; i <= wanted.Max(); i++)
        {
            // What nobody asked for is freed at once: all maps of a photograph take a gigabyte.
            var made = Apply(_layers[i], x);
            if (!kept) x.Dispose();
            (x, kept) = (made, wanted.Contains(i));
            for (int k = 0; k < wanted.Length; k++) if (wanted[k] == i) maps[k] = x;
        }
        foreach (var map in maps) map.MoveToOuterDisposeScope();
        return maps;
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => _weights.Dispose();

    static Tensor Apply(Layer layer, Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        return layer.Apply(x).MoveToOuterDisposeScope();
    }
}
