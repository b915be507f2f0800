using NerfLab.Math;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>Codes of styles: a variational auto-encoder over the statistics of a content layer, so that there are styles between styles.</summary>
/// <remarks>
/// Huang et al. 2022, StylizedNeRF, section 3.3. The vector of a style is the mean and the deviation of every channel, in training as in use;
/// the authors' code feeds variances of mixed-up channels in use. Vectors are scaled to deviation 1, because layers of different networks differ.
/// </remarks>
public sealed class StyleCodes : IDisposable
{
    readonly Tensor _middle, _scale; // [D]

    StyleCodes(Vae vae, Tensor middle, Tensor scale) => (Vae, _middle, _scale) = (vae, middle, scale);

    /// <summary>The auto-encoder.</summary>
    public Vae Vae { get; }

    /// <summary>How to train codes.</summary>
    /// <param name="Latent">Numbers of a code.</param>
    /// <param name="Width">Neurons of hidden layers.</param>
    /// <param name="Layers">Hidden layers of encoder and decoder.</param>
    /// <param name="Beta">Weight of the divergence, reached in the first tenth of the steps.</param>
    /// <param name="Steps">How many, over all styles each.</param>
    /// <param name="LearningRate">Of Adam.</param>
    /// <param name="Seed">Decides everything random.</param>
    public sealed record Training(int Latent = 8, int Width = 64, int Layers = 2, double Beta = 0.1, int Steps = 800, double LearningRate = 1e-3, long Seed = 0);

    /// <summary>The vector of a style.</summary>
    /// <param name="statistics">Of one picture or of several.</param>
    /// <returns>[B,2C], means, then deviations.</returns>
    public static Tensor Vector(ChannelStatistics statistics) => cat([statistics.Mean.flatten(1), statistics.Deviation.flatten(1)], 1);

    /// <summary>Learns codes of styles.</summary>
    /// <param name="styles">[N,2C], see <see cref="Vector"/>; at least two.</param>
    /// <param name="how">How.</param>
    public static StyleCodes Learn(Tensor styles, Training how)
    {
        using var scope = NewDisposeScope();
        if (Guard.Shape(styles, [-1, -1]).shape[0] < 2) throw new BadInputException("style codes: one style is given; at least two are expected to learn what lies between them");
        using var random = new Generator(RandomStream.Seed(how.Seed, -1));
        var middle = styles.mean([0]);
        var scale = (styles - middle).square().mean([0]).sqrt().clamp_min(1e-4);
        var x = (styles - middle) / scale;
        var vae = new Vae(new VaeSpec((int)x.shape[1], how.Latent, how.Width, how.Layers), random);
        vae.to(styles.device);
        using var optimizer = optim.Adam(vae.parameters(), how.LearningRate);
        for (int step = 0; step < how.Steps; step++)
        {
            using var inner = NewDisposeScope();
            double beta = how.Beta * double.Min(1, 10.0 * step / how.Steps);
            optimizer.zero_grad();
            vae.Loss(x, Sampling.Normal([x.shape[0], how.Latent], random, x.device), beta).Total.backward();
            optimizer.step();
        }
        return new StyleCodes(vae, middle.DetachFromDisposeScope(), scale.DetachFromDisposeScope());
    }

    /// <summary>The distribution of a style's codes.</summary>
    /// <param name="statistics">Of the style.</param>
    /// <returns>Mean and logarithm of the variance, [B,L] each.</returns>
    public (Tensor Mean, Tensor LogVariance) Posterior(ChannelStatistics statistics) => Vae.Encode((Vector(statistics) - _middle) / _scale);

    /// <summary>The statistics of codes; of one between those of two styles, a style between them.</summary>
    /// <param name="codes">[B,L].</param>
    public ChannelStatistics Statistics(Tensor codes)
    {
        using var scope = NewDisposeScope();
        var vector = Vae.Decode(codes) * _scale + _middle;
        long channels = vector.shape[1] / 2;
        return new ChannelStatistics(vector.narrow(1, 0, channels).view(-1, channels, 1, 1).MoveToOuterDisposeScope(),
            vector.narrow(1, channels, channels).clamp_min(1e-3).view(-1, channels, 1, 1).MoveToOuterDisposeScope());
    }

    /// <summary>Frees the auto-encoder.</summary>
    public void Dispose()
    {
        Vae.Dispose();
        _middle.Dispose();
        _scale.Dispose();
    }
}
