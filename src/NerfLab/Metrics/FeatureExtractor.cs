using NerfLab.Weights;

namespace NerfLab.Metrics;

/// <summary>Turns pictures into vectors, so that sets of pictures can be compared by how their vectors are distributed.</summary>
public interface IFeatureExtractor
{
    /// <summary>What a result must name beside its value.</summary>
    string Name { get; }

    /// <summary>The files behind it; empty where nothing was trained.</summary>
    IReadOnlyList<WeightSource> Sources { get; }

    /// <summary>Describes pictures.</summary>
    /// <param name="pictures">[B,3,H,W], RGB, 0 to 1.</param>
    /// <returns>[B,F].</returns>
    Tensor Features(Tensor pictures);
}

/// <summary>A layer of a network, averaged over the picture.</summary>
public sealed class LayerFeatures : IFeatureExtractor, IDisposable
{
    /// <summary>The networks that there are.</summary>
    public static readonly IReadOnlyList<string> Networks = ["inception", "squeezenet", "alexnet", "vgg16", "vgg19"];

    readonly FeatureNetwork _network;
    readonly string _layer;

    /// <summary>Of a network at hand.</summary>
    /// <param name="network">Owned from now on.</param>
    /// <param name="layer">One of its layers; null for the last.</param>
    /// <exception cref="BadInputException">It has no such layer.</exception>
    public LayerFeatures(FeatureNetwork network, string? layer = null)
    {
        (_network, _layer) = (network, layer ?? network.Layers.Last());
        if (!network.Layers.Contains(_layer)) throw new BadInputException($"{network.Name} has no layer {layer}; it has {string.Join(", ", network.Layers)}");
    }

    /// <summary>Whether a Frechet distance of these features is what everybody calls FID, and a kernel distance KID.</summary>
    public bool IsFid => _network.Name == InceptionV3.Name && _layer == InceptionV3.Pool3;

    /// <inheritdoc/>
    public string Name => $"{_network.Name} {_layer}";

    /// <inheritdoc/>
    public IReadOnlyList<WeightSource> Sources => [_network.Source];

    /// <summary>The fewest rows and columns that a picture may have.</summary>
    public int LeastSize => _network.LeastSize;

    /// <summary>Loads a network.</summary>
    /// <param name="name">inception, squeezenet, alexnet, vgg16 or vgg19, and, after a colon, a layer if it shall not be the last: <c>vgg16:relu4_3</c>.</param>
    /// <param name="places">Where its file is.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="BadInputException">There is no such network or layer, or its weights are missing or have other shapes.</exception>
    public static LayerFeatures Load(string name, WeightPlaces places, torch.Device device)
    {
        var parts = name.Split(':', 2);
        var network = parts[0] switch
        {
            "inception" => places.Load(InceptionV3.Mark, device, InceptionV3.Build),
            "squeezenet" => places.Load(ImageNetworks.SqueezeNetMark, device, ImageNetworks.SqueezeNet),
            "alexnet" => places.Load(ImageNetworks.AlexNetMark, device, ImageNetworks.AlexNet),
            "vgg16" => places.Load(ImageNetworks.Vgg16Mark, device, ImageNetworks.Vgg16),
            "vgg19" => places.Load(ImageNetworks.Vgg19Mark, device, ImageNetworks.Vgg19),
            _ => throw new BadInputException($"features {name}: {string.Join(", ", Networks)} are expected, with a layer after a colon if it shall not be the last"),
        };
        try
        {
            return new LayerFeatures(network, parts.Length > 1 ? parts[1] : null);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor Features(Tensor pictures)
    {
        using var scope = torch.NewDisposeScope();
        return _network.Maps(pictures.to(_network.Device), [_layer])[0].mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => _network.Dispose();
}
