using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Tasks;

/// <summary>The form of a network from places and codes of styles to colours.</summary>
/// <param name="Frequencies">L of the encoding of places by sines and cosines.</param>
/// <param name="Width">Neurons of hidden layers.</param>
/// <param name="Layers">Hidden layers; the places come in again half way, where there are more than two.</param>
/// <param name="Latent">Numbers of a code.</param>
/// <param name="Grid">Encodes places by a hash grid in place of sines; null for sines, as in the paper. Of it, only what says how the grid is laid out counts.</param>
public sealed record StyleModuleSpec(int Frequencies = 10, int Width = 256, int Layers = 7, int Latent = 32, HashSpec? Grid = null)
{
    /// <summary>What a laptop trains in a minute or two: a grid learns where paint begins and ends in a fraction of the steps that sines take.</summary>
    public static StyleModuleSpec Small { get; } = new(Width: 64, Layers: 2, Latent: 8, Grid: new HashSpec(Levels: 8, Features: 4, Log2TableSize: 15, Coarsest: 16, Finest: 256));
}

/// <summary>Colours from places and codes of styles: every layer sees the code, and none the direction, so that a place looks the same from all sides.</summary>
/// <remarks>Huang et al. 2022, StylizedNeRF, section 3.3.</remarks>
public sealed class StyleModule : nn.Module
{
    readonly StyleModuleSpec _spec;
    readonly Kernels.Kernels _kernels;
    readonly HashEncoding? _grid;
    readonly int _place; // numbers of an encoded place

    /// <summary>Untrained.</summary>
    /// <param name="spec">The form.</param>
    /// <param name="random">Draws the weights.</param>
    /// <param name="kernels">The operations to use; null for the reference.</param>
    public StyleModule(StyleModuleSpec spec, torch.Generator random, Kernels.Kernels? kernels = null) : base(nameof(StyleModule))
    {
        if (spec.Frequencies < 0 || spec.Width < 1 || spec.Layers < 1 || spec.Latent < 1) throw new BadInputException($"style module: frequencies {spec.Frequencies}, width {spec.Width}, layers {spec.Layers}, latent {spec.Latent}; all must be at least 1, frequencies at least 0");
        (_spec, _kernels) = (spec, kernels ?? Kernels.Kernels.Reference);
        if (spec.Grid is { } grid) register_module("grid", _grid = new HashEncoding(grid, random, _kernels));
        _place = _grid?.Features ?? PositionalEncoding.Size(spec.Frequencies);
        using var scope = torch.NewDisposeScope();
        for (int i = 0; i <= spec.Layers; i++)
        {
            int inputs = Inputs(i) + spec.Latent, outputs = i == spec.Layers ? 3 : spec.Width;
            register_parameter($"weight{i}", nn.Parameter(torch.randn([outputs, inputs], generator: random) * double.Sqrt((i == spec.Layers ? 1.0 : 2.0) / inputs)));
            register_parameter($"bias{i}", nn.Parameter(torch.zeros(outputs)));
        }
    }

    /// <summary>The layer that the places come into again; past the last one where they do not.</summary>
    int Again => _spec.Layers > 2 ? (_spec.Layers + 1) / 2 : _spec.Layers + 1;

    /// <summary>What a layer takes beside the code.</summary>
    int Inputs(int layer) => (layer == 0 ? 0 : _spec.Width) + (layer == 0 || layer == Again ? _place : 0);

    /// <summary>Colours.</summary>
    /// <param name="u">[N,3], places in the field's box, 0 to 1.</param>
    /// <param name="code">[1,L].</param>
    /// <returns>[N,3], 0 to 1.</returns>
    public Tensor Color(Tensor u, Tensor code)
    {
        using var scope = torch.NewDisposeScope();
        var place = _grid is not null ? _grid.Encode(u) : PositionalEncoding.Encode(u * 2 - 1, _spec.Frequencies);
        int middle = int.Min(Again, _spec.Layers + 1);
        var h = Pass(place, 0, middle);
        if (middle <= _spec.Layers) h = Pass(torch.cat([h, place], 1), middle, _spec.Layers + 1);
        return torch.sigmoid(h).MoveToOuterDisposeScope();

        // All places have the same code, so that what its numbers add to a layer is a constant.
        Tensor Pass(Tensor x, int first, int end)
        {
            var layers = Enumerable.Range(first, end - first).Select(i => (Weight: get_parameter($"weight{i}")!, Bias: get_parameter($"bias{i}")!, Inputs: Inputs(i))).ToList();
            return _kernels.PassLayers(x, [.. layers.Select(l => l.Weight.narrow(1, 0, l.Inputs).contiguous())],
                [.. layers.Select(l => l.Bias + l.Weight.narrow(1, l.Inputs, _spec.Latent).matmul(code.view(-1)))], end <= _spec.Layers);
        }
    }
}

/// <summary>The shape of one field in the colours of another: density as it was, to the bit, and colours by a style module.</summary>
/// <param name="shape">Gives the density; it gets no gradient.</param>
/// <param name="colors">Gives the colours.</param>
/// <param name="code">[1,L], the style.</param>
public sealed class StyledField(EncodedField shape, StyleModule colors, Tensor code) : IField
{
    /// <inheritdoc/>
    public Box? Support => shape.Support;

    /// <inheritdoc/>
    public Radiance Query(Tensor x, Tensor d)
    {
        Tensor u;
        using (torch.no_grad()) u = shape.Coordinates(x);
        return new Radiance(Density(x), colors.Color(u, code).reshape([.. x.shape[..^1], 3]));
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor x)
    {
        using var noGradient = torch.no_grad();
        return shape.Density(x);
    }
}
