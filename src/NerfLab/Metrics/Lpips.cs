using NerfLab.Weights;

namespace NerfLab.Metrics;

/// <summary>A mean LPIPS and what it was measured with.</summary>
/// <param name="Name">LPIPS-squeeze, LPIPS-alex or LPIPS-vgg.</param>
/// <param name="Mean">Over pictures.</param>
/// <param name="Weights">The files behind it.</param>
public sealed record LpipsScore(string Name, double Mean, IReadOnlyList<WeightSource> Weights);

/// <summary>Learned perceptual image patch similarity: how different two pictures look, by the inner layers of a network and weights fitted to people's judgement.</summary>
/// <remarks>
/// Zhang et al. 2018, equation 1, version 0.1 of the published weights: Σ_l mean_hw Σ_c w_lc (ŷ_l - ŷ0_l)²_hwc, where ŷ is a layer's
/// result with its channels scaled to unit length at every place.
/// </remarks>
public sealed class Lpips : IPictureDistance, IDisposable
{
    /// <summary>The backbones that there are weights for: squeeze, alex and vgg.</summary>
    public static readonly IReadOnlyList<string> Backbones = ["squeeze", "alex", "vgg"];

    /// <param name="Network">How its file is known.</param>
    /// <param name="Build">Makes it.</param>
    /// <param name="Layers">Those that are compared.</param>
    /// <param name="Channels">Of these layers.</param>
    /// <param name="Telling">The layer whose weights only this backbone has.</param>
    sealed record Variant(WeightMark Network, Func<NetworkWeights, FeatureNetwork> Build, string[] Layers, long[] Channels, int Telling);

    readonly Variant _variant;
    readonly FeatureNetwork _network;
    readonly NetworkWeights _heads;
    readonly Tensor[] _weights;

    /// <summary>From a network and weights at hand.</summary>
    /// <param name="backbone">squeeze, alex or vgg.</param>
    /// <param name="network">The backbone's network; owned from now on.</param>
    /// <param name="heads">The fitted weights; owned from now on.</param>
    /// <exception cref="BadInputException">There is no such backbone, or a fitted weight is missing or has another shape.</exception>
    public Lpips(string backbone, FeatureNetwork network, NetworkWeights heads)
    {
        (Name, _variant, _network, _heads) = ($"LPIPS-{backbone}", Of(backbone), network, heads);
        _weights = [.. _variant.Channels.Select((c, i) => heads.Take($"lin{i}.model.1.weight", 1, c, 1, 1))];
    }

    /// <summary>LPIPS-squeeze, LPIPS-alex or LPIPS-vgg.</summary>
    public string Name { get; }

    /// <summary>The files behind it: the backbone, then the fitted weights.</summary>
    public IReadOnlyList<WeightSource> Sources => [_network.Source, _heads.Source];

    /// <summary>The fewest rows and columns that a picture may have.</summary>
    public int LeastSize => _network.LeastSize;

    /// <summary>Loads a backbone and its fitted weights.</summary>
    /// <param name="backbone">squeeze, alex or vgg.</param>
    /// <param name="places">Where the files are: torchvision's squeezenet1_1, alexnet or vgg16, and the published squeeze, alex or vgg of LPIPS 0.1.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="BadInputException">A file or one of its tensors is missing or has another shape.</exception>
    public static Lpips Load(string backbone, WeightPlaces places, torch.Device device)
    {
        var variant = Of(backbone);
        var network = places.Load(variant.Network, device, variant.Build);
        try
        {
            var mark = new WeightMark($"the fitted weights of LPIPS-{backbone} 0.1", $"lin{variant.Telling}.model.1.weight", 1, variant.Channels[variant.Telling], 1, 1);
            return places.Load(mark, device, heads => new Lpips(backbone, network, heads));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The distance of pictures, pair by pair; differentiable in both.</summary>
    /// <param name="a">[B,3,H,W], RGB, 0 to 1, on the device.</param>
    /// <param name="b">The same shape.</param>
    /// <returns>[B]; 0 for equal pictures.</returns>
    public Tensor Distances(Tensor a, Tensor b)
    {
        using var scope = torch.NewDisposeScope();
        Guard.Shape(b, a.shape);
        var (x, y) = (_network.Maps(a, _variant.Layers), _network.Maps(b, _variant.Layers));
        var sum = torch.zeros(a.shape[0], device: a.device);
        for (int l = 0; l < x.Count; l++)
        {
            using var layer = torch.NewDisposeScope();
            var squares = (UnitLength(x[l]) - UnitLength(y[l])).square();
            sum = (sum + F.conv2d(squares, _weights[l]).mean([1, 2, 3])).MoveToOuterDisposeScope();
        }
        return sum.MoveToOuterDisposeScope();

        static Tensor UnitLength(Tensor map) => map / (torch.linalg.vector_norm(map, 2, [1], keepdim: true) + 1e-10);
    }

    /// <inheritdoc/>
    public double Distance(Tensor a, Tensor b)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return Distances(Batch(a), Batch(b)).ToDouble();

        Tensor Batch(Tensor image) => Guard.Shape(image, [-1, -1, 3]).permute(2, 0, 1).unsqueeze(0).to(torch.float32).to(_network.Device).contiguous();
    }

    /// <summary>A mean with what it was measured with.</summary>
    public LpipsScore Score(double mean) => new(Name, mean, Sources);

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _network.Dispose();
        _heads.Dispose();
    }

    static Variant Of(string backbone) => backbone switch
    {
        "squeeze" => new(ImageNetworks.SqueezeNetMark, ImageNetworks.SqueezeNet, ["relu1", "fire3", "fire5", "fire6", "fire7", "fire8", "fire9"], [64, 128, 256, 384, 384, 512, 512], 6),
        "alex" => new(ImageNetworks.AlexNetMark, ImageNetworks.AlexNet, ["relu1", "relu2", "relu3", "relu4", "relu5"], [64, 192, 384, 256, 256], 1),
        "vgg" => new(ImageNetworks.Vgg16Mark, ImageNetworks.Vgg16, ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"], [64, 128, 256, 512, 512], 4),
        _ => throw new BadInputException($"LPIPS backbone {backbone}: {string.Join(", ", Backbones)} are expected"),
    };
}
