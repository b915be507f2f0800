using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Rendering;

namespace NerfLab.Tasks;

/// <summary>What holds a learnable code at the distribution of its style, N(μ, σ²).</summary>
public enum CodePenalty
{
    /// <summary>(l - μ)² / 2σ²: the negative logarithm of the density, without what does not depend on l.</summary>
    Likelihood,

    /// <summary>(l - μ)² / 2πσ², as the paper writes it.</summary>
    Paper,

    /// <summary>(l - μ)² / (σ + 0.001), as the authors' code has it.</summary>
    Code,
}

/// <summary>Teaches a style module what stylised pictures show: codes of their own for every style and view, held at the distribution of the style.</summary>
/// <remarks>Huang et al. 2022, StylizedNeRF, sections 3.3 and 3.4. Pictures of different views do not agree; the codes take up by how much.</remarks>
public sealed class MimicStyle : IObjective
{
    readonly EncodedField _shape;
    readonly Renderer _renderer;
    readonly IReadOnlyList<Camera> _cameras;
    readonly LearntStyles _state;
    readonly Tensor _background;
    readonly CodePenalty _penalty;
    readonly double _weight;
    readonly int _rays;
    readonly long _seed;

    /// <summary>Brings the parts together; nothing is trained yet.</summary>
    /// <param name="shape">The field whose density stays.</param>
    /// <param name="renderer">How it is rendered.</param>
    /// <param name="module">Learns the colours.</param>
    /// <param name="cameras">V views.</param>
    /// <param name="pictures">What they show in each style, [S][V] of [H,W,3]; entries may be replaced on the way.</param>
    /// <param name="mean">[S,L], μ of each style's codes.</param>
    /// <param name="logVariance">[S,L], log σ².</param>
    /// <param name="background">[3], behind everything.</param>
    /// <param name="penalty">Which penalty on codes.</param>
    /// <param name="weight">Of that penalty.</param>
    /// <param name="rays">In a step; four pairs of a style and a view share them.</param>
    /// <param name="seed">Decides everything random.</param>
    public MimicStyle(EncodedField shape, Renderer renderer, StyleModule module, IReadOnlyList<Camera> cameras, IReadOnlyList<Tensor[]> pictures, Tensor mean, Tensor logVariance,
        Tensor background, CodePenalty penalty = CodePenalty.Likelihood, double weight = 0.1, int rays = 1024, long seed = 0)
    {
        if (pictures.Count > mean.shape[0]) throw new BadInputException($"styles: {pictures.Count} are given and {mean.shape[0]} codes; one for each is expected");
        (_shape, _renderer, _cameras, Pictures, _background, _penalty, _weight, _rays, _seed) = (shape, renderer, cameras, pictures, background, penalty, weight, rays, seed);
        using var random = new torch.Generator(RandomStream.Seed(seed, -1));
        using var scope = torch.NewDisposeScope();
        var noise = Sampling.Normal([mean.shape[0], cameras.Count, mean.shape[1]], random, mean.device);
        _state = new LearntStyles(module, mean.clone(), logVariance.clone(), Gaussians.Sample(mean.unsqueeze(1), logVariance.unsqueeze(1), noise));
    }

    /// <inheritdoc/>
    public nn.Module State => _state;

    /// <summary>What it teaches: colours for codes, and the codes.</summary>
    public LearntStyles Styles => _state;

    /// <summary>[S][V] of [H,W,3]: what views show in each style.</summary>
    public IReadOnlyList<Tensor[]> Pictures { get; }

    /// <summary>The field in a style.</summary>
    /// <param name="style">Number of the style.</param>
    /// <param name="view">Whose learnt code is taken.</param>
    /// <param name="scale">From the mean of the style's codes, 0, which is what the paper shows, to the learnt code, 1.</param>
    public StyledField At(int style, int view = 0, double scale = 0) => new(_shape, _state.Module, _state.Code(style, view, scale).detach());

    /// <summary>The field in a style between two: their mean codes, mixed.</summary>
    /// <param name="a">Number of a style.</param>
    /// <param name="b">Number of another.</param>
    /// <param name="share">Of the second, 0 to 1.</param>
    public StyledField Between(int a, int b, double share) => new(_shape, _state.Module, ((1 - share) * _state.Code(a) + share * _state.Code(b)).detach());

    /// <inheritdoc/>
    public StepOutcome Backward(int step)
    {
        const int Pairs = 4;
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(RandomStream.Seed(_seed, step));
        var (mimic, held) = (torch.zeros(1, device: _background.device).sum(), torch.zeros(1, device: _background.device).sum());
        long samples = 0;
        for (int k = 0; k < Pairs; k++)
        {
            int style = Below(Pictures.Count), view = Below(_cameras.Count);
            var pixel = torch.randint(0, (long)_cameras[view].Width * _cameras[view].Height, [_rays / Pairs], torch.int64, generator: random).to(_background.device);
            var rays = Cameras.Rays(_cameras[view], _background.device);
            var chosen = new Rays(rays.Origins.index_select(0, pixel), rays.Directions.index_select(0, pixel));
            var code = _state.Code(style, view, 1);
            var rendered = _renderer.Render(new StyledField(_shape, _state.Module, code), chosen, _background, random);
            mimic = mimic + F.mse_loss(rendered.Color, Pictures[style][view].view(-1, 3).index_select(0, pixel)) / Pairs;
            held = held + Penalty(code, style) / Pairs;
            samples += rendered.Samples.Count;
        }
        var total = mimic + _weight * held;
        total.backward();
        return new StepOutcome(new LossValues(total.ToDouble(), [("mimic", mimic.ToDouble()), ("codes", held.ToDouble())]), Metrics.ImageMetrics.PsnrOf(mimic.ToDouble()), _rays, samples);

        int Below(int count)
        {
            using var drawn = torch.randint(0, count, [1], torch.int64, generator: random);
            return (int)drawn.ToInt64();
        }
    }

    Tensor Penalty(Tensor code, int style) => Penalty(code, _state.Mean.narrow(0, style, 1), _state.LogVariance.narrow(0, style, 1), _penalty);

    /// <summary>How far a code is from the distribution of its style, summed over its numbers.</summary>
    /// <param name="code">[1,L].</param>
    /// <param name="mean">[1,L].</param>
    /// <param name="logVariance">[1,L].</param>
    /// <param name="penalty">Which.</param>
    /// <returns>A scalar; 0 at the mean.</returns>
    public static Tensor Penalty(Tensor code, Tensor mean, Tensor logVariance, CodePenalty penalty)
    {
        var square = (code - mean).square();
        return (penalty switch
        {
            CodePenalty.Paper => square / (2 * double.Pi * logVariance.exp()),
            CodePenalty.Code => square / ((0.5 * logVariance).exp() + 1e-3),
            _ => square / (2 * logVariance.exp()),
        }).sum();
    }
}
