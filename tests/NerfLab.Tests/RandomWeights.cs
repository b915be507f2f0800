using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Weights that nobody trained, for networks whose published ones are not here: names and shapes are remembered.</summary>
internal sealed class RandomWeights(ulong seed)
{
    private readonly Generator _random = new(seed);

    /// <summary>Everything that was taken, in order.</summary>
    public List<(string Name, long[] Shape)> Taken { get; } = [];

    /// <summary>How many numbers were taken under names with an ending.</summary>
    public long Count(params string[] endings) => Taken.Where(t => endings.Any(t.Name.EndsWith)).Sum(t => t.Shape.Aggregate(1L, (a, b) => a * b));

    /// <summary>Positive scales and variances, and kernels of a size that keeps signals alive through many layers.</summary>
    public NetworkWeights Make() => new((name, shape) =>
    {
        Taken.Add((name, shape));
        if (name.EndsWith("running_var") || name.StartsWith("lin") || (shape.Length == 1 && name.EndsWith("weight"))) return rand(shape, generator: _random) + 0.5;
        var fan = shape.Length == 4 ? shape[1] * shape[2] * shape[3] : 100;
        return randn(shape, generator: _random) * double.Sqrt(2.0 / fan);
    }, new WeightSource("random", new string('0', 64)), CPU);

    /// <summary>LPIPS on an untrained backbone.</summary>
    public static Metrics.Lpips Lpips(string backbone, ulong seed = 1)
    {
        var weights = new RandomWeights(seed).Make();
        var network = backbone switch { "squeeze" => Metrics.ImageNetworks.SqueezeNet(weights), "alex" => Metrics.ImageNetworks.AlexNet(weights), _ => Metrics.ImageNetworks.Vgg16(weights) };
        return new Metrics.Lpips(backbone, network, new RandomWeights(seed + 1).Make());
    }
}
