using NerfLab.Math;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>The form of a variational auto-encoder over vectors.</summary>
/// <param name="Inputs">D, numbers of a vector.</param>
/// <param name="Latent">Numbers of its code.</param>
/// <param name="Width">Neurons of hidden layers.</param>
/// <param name="Layers">Hidden layers of encoder and decoder each; 0 makes both linear.</param>
public sealed record VaeSpec(int Inputs, int Latent = 32, int Width = 512, int Layers = 3);

/// <summary>What a batch costs. Squared errors and divergences are summed over dimensions and averaged over the batch.</summary>
/// <param name="Total">Error + β · divergence, a scalar with gradient.</param>
/// <param name="Error">Σ_d mean_b (x - x̂)².</param>
/// <param name="Divergence">mean_b Σ_d KL, nats.</param>
public sealed record VaeLoss(Tensor Total, double Error, double Divergence);

/// <summary>A variational auto-encoder: a distribution of codes for each vector, and vectors for codes.</summary>
/// <remarks>
/// Kingma and Welling 2014, with the likelihood of a normal distribution of fixed deviation s: then minimising the squared error plus β times
/// the divergence maximises the evidence lower bound for β = 2 s². StylizedNeRF takes β = 0.1 over the statistics of styles.
/// </remarks>
public sealed class Vae : nn.Module
{
    readonly VaeSpec _spec;
    readonly int _encoder; // layers

    /// <summary>Untrained.</summary>
    /// <param name="spec">The form.</param>
    /// <param name="random">Draws the weights.</param>
    /// <exception cref="BadInputException">A size is out of range.</exception>
    public Vae(VaeSpec spec, Generator random) : base(nameof(Vae))
    {
        if (spec.Inputs < 1 || spec.Latent < 1 || spec.Width < 1 || spec.Layers < 0) throw new BadInputException($"vae: inputs {spec.Inputs}, latent {spec.Latent}, width {spec.Width}, layers {spec.Layers}; all must be at least 1, layers at least 0");
        _spec = spec;
        using var scope = NewDisposeScope();
        long[] hidden = [.. Enumerable.Repeat((long)spec.Width, spec.Layers)];
        _encoder = Add("encoder", [spec.Inputs, .. hidden, 2L * spec.Latent]);
        Add("decoder", [spec.Latent, .. hidden, spec.Inputs]);

        int Add(string name, long[] widths)
        {
            for (int i = 0; i + 1 < widths.Length; i++)
            {
                // The last layer begins small, so that codes begin near the prior and vectors near the mean.
                double deviation = double.Sqrt(2.0 / widths[i]) * (i + 2 == widths.Length ? 0.1 : 1);
                register_parameter($"{name}{i}_weight", nn.Parameter(randn([widths[i + 1], widths[i]], generator: random) * deviation));
                register_parameter($"{name}{i}_bias", nn.Parameter(zeros(widths[i + 1])));
            }
            return widths.Length - 1;
        }
    }

    /// <summary>The form.</summary>
    public VaeSpec Spec => _spec;

    /// <summary>The distribution of the codes of vectors.</summary>
    /// <param name="x">[B,D].</param>
    /// <returns>Mean and logarithm of the variance, [B,L] each.</returns>
    public (Tensor Mean, Tensor LogVariance) Encode(Tensor x)
    {
        var made = Pass("encoder", Guard.Shape(x, [-1, _spec.Inputs]));
        return (made.narrow(1, 0, _spec.Latent), made.narrow(1, _spec.Latent, _spec.Latent).clamp(-Gaussians.MostLogVariance, Gaussians.MostLogVariance));
    }

    /// <summary>The vectors of codes.</summary>
    /// <param name="z">[B,L].</param>
    /// <returns>[B,D].</returns>
    public Tensor Decode(Tensor z) => Pass("decoder", Guard.Shape(z, [-1, _spec.Latent]));

    /// <summary>What a batch costs.</summary>
    /// <param name="x">[B,D].</param>
    /// <param name="noise">[B,L], from N(0, 1); null takes the means.</param>
    /// <param name="beta">Weight of the divergence; 0 makes it an ordinary auto-encoder.</param>
    /// <param name="freeNats">So many nats of every dimension of the code, averaged over the batch, cost nothing.</param>
    public VaeLoss Loss(Tensor x, Tensor? noise, double beta = 0.1, double freeNats = 0)
    {
        using var scope = NewDisposeScope();
        var (mean, logVariance) = Encode(x);
        var error = (x - Decode(Gaussians.Sample(mean, logVariance, noise))).square().mean([0]).sum();
        var each = Gaussians.Divergence(mean, logVariance).mean([0]); // [L]
        var counted = freeNats > 0 ? each.clamp_min(freeNats).sum() : each.sum();
        return new VaeLoss((error + beta * counted).MoveToOuterDisposeScope(), error.ToDouble(), each.sum().ToDouble());
    }

    /// <summary>A lower bound of log p(x) from several draws of each code, which rises with their number; with one draw, the evidence lower bound.</summary>
    /// <remarks>Burda et al. 2016, equation 8.</remarks>
    /// <param name="x">[B,D].</param>
    /// <param name="draws">K, at least 1.</param>
    /// <param name="deviation">s of the likelihood.</param>
    /// <param name="random">Draws the codes.</param>
    /// <returns>[B], nats.</returns>
    public Tensor Bound(Tensor x, int draws, double deviation, Generator random)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        long count = x.shape[0];
        var (mean, logVariance) = Encode(x);
        var (m, v) = (Repeated(mean), Repeated(logVariance));
        var z = Gaussians.Sample(m, v, Sampling.Normal([count * draws, _spec.Latent], random, x.device));
        var likelihood = -(Repeated(x) - Decode(z)).square().sum(1) / (2 * deviation * deviation) - Gaussians.Constant(_spec.Inputs, deviation);
        var ratio = likelihood + Gaussians.LogDensity(z, zeros_like(z), zeros_like(z)).sum(1) - Gaussians.LogDensity(z, m, v).sum(1);
        return (ratio.view(count, draws).logsumexp(1) - double.Log(draws)).MoveToOuterDisposeScope();

        Tensor Repeated(Tensor rows) => rows.repeat_interleave(draws, 0);
    }

    /// <summary>Which dimensions of the code say something about vectors: those whose mean differs from vector to vector with a variance above 0.01.</summary>
    /// <remarks>Burda et al. 2016, section 5.1. None is left where the divergence weighs too much.</remarks>
    /// <param name="x">[B,D], many different ones.</param>
    /// <returns>How many of the dimensions.</returns>
    public int ActiveUnits(Tensor x)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var mean = Encode(x).Mean;
        return (int)((mean - mean.mean([0])).square().mean([0]) > 0.01).sum().ToInt64();
    }

    Tensor Pass(string name, Tensor x)
    {
        for (int i = 0; i < _encoder; i++)
        {
            x = F.linear(x, get_parameter($"{name}{i}_weight")!, get_parameter($"{name}{i}_bias")!);
            if (i < _encoder - 1) x = x.relu();
        }
        return x;
    }
}
