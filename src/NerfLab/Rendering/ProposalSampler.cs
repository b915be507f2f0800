using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>
/// Small fields without colour say where to look: even pieces of each ray are weighed by the first, pieces drawn from its weights by the
/// second, and the final samples are drawn from the last one's.
/// </summary>
/// <remarks>
/// Barron et al. 2022, mip-NeRF 360, section 3. Weights get a padding of 0.01 before pieces are drawn from them (the α of mip-NeRF, Barron et al. 2021), so that
/// what was overlooked can be found again. The fields learn by <see cref="Histograms.Excess"/> to bound the weights of the final pass.
/// </remarks>
public sealed class ProposalSampler : nn.Module, ISampler
{
    const float Padding = 0.01f;

    readonly EncodedField[] _networks;
    readonly Space _space;
    readonly Spacing _spacing;
    readonly int[] _pieces;
    readonly int _samples, _annealing;
    readonly Kernels.Kernels _kernels;
    double _progress = 1;

    /// <summary>Makes the sampler around its fields.</summary>
    /// <param name="networks">Asked one after the other; their colours are never asked for.</param>
    /// <param name="pieces">Pieces of a ray that each of them weighs.</param>
    /// <param name="samples">Samples of the final pass.</param>
    /// <param name="annealing">Steps of the training until the weights are trusted; 0 for at once.</param>
    /// <param name="space">Where rays are followed.</param>
    /// <param name="kernels">How to composite.</param>
    /// <param name="spacing">How the first pieces are spread; null for what suits the space.</param>
    public ProposalSampler(IReadOnlyList<EncodedField> networks, IReadOnlyList<int> pieces, int samples, int annealing, Space space, Kernels.Kernels kernels, Spacing? spacing = null) : base(nameof(ProposalSampler))
    {
        if (networks.Count != pieces.Count) throw new ArgumentException($"pieces: expected {networks.Count}, one number for each network, got {pieces.Count}");
        (_networks, _pieces, _samples, _annealing, _space, _kernels, _spacing) = ([.. networks], [.. pieces], samples, annealing, space, kernels, spacing ?? space.Spacing);
        for (int i = 0; i < _networks.Length; i++) register_module($"network{i}", _networks[i]);
    }

    /// <inheritdoc/>
    public void Update(IField field, int step, torch.Generator random) => _progress = step >= _annealing ? 1 : (double)step / _annealing;

    /// <inheritdoc/>
    public Sampled Sample(Rays rays, IField field, torch.Generator? random)
    {
        var (entry, exit) = _space.Interval(rays, field.Support);
        var (first, last) = (_spacing.Coordinate(entry).unsqueeze(-1), _spacing.Coordinate(torch.maximum(entry, exit)).unsqueeze(-1));
        var edges = first + Quantiles(rays, _pieces.Length > 0 ? _pieces[0] : _samples, random) * (last - first); // [R,B+1]
        var passes = new List<RenderedRays>();
        for (int i = 0; i < _networks.Length; i++)
        {
            passes.Add(new RenderedRays(_networks[i], Pieces(rays, edges), torch.zeros(3, device: rays.Origins.device), _kernels, _space));
            _ = passes[i].Weights; // with gradients, where these are wanted
            using var noGradient = torch.no_grad();
            var weights = passes[i].Weights.detach().view(rays.Count, _pieces[i]);
            // Weights are only annealed in training.
            if (random is not null) weights = Histograms.Annealed(weights, _progress);
            edges = Sampling.InverseCdf(edges, weights + Padding, Quantiles(rays, i + 1 < _pieces.Length ? _pieces[i + 1] : _samples, random));
        }
        return new Sampled(Pieces(rays, edges), passes);
    }

    /// <summary>[R,B+1], ascending from 0 to 1: one in each of equal shares, at its middle or anywhere.</summary>
    static Tensor Quantiles(Rays rays, int pieces, torch.Generator? random)
    {
        var device = rays.Origins.device;
        var within = random is null ? torch.full(rays.Count, pieces + 1, 0.5f, device: device) : Sampling.Uniform([rays.Count, pieces + 1], random, device);
        return (torch.arange(pieces + 1, torch.float32, device) + within) / (pieces + 1);
    }

    /// <summary>The field is asked in the middle of each piece.</summary>
    RaySamples Pieces(Rays rays, Tensor edges)
    {
        var t = _spacing.Distance(edges);
        var (low, high) = (t.narrow(1, 0, t.shape[1] - 1), t.narrow(1, 1, t.shape[1] - 1));
        return RaySamples.Dense(rays, (low + high) / 2, high - low);
    }
}
