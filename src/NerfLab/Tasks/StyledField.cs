using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Tasks;

/// <summary>The form of a network from places and codes of styles to colours.</summary>
/// <param name="Frequencies">L of the encoding of places.</param>
/// <param name="Width">Neurons of hidden layers.</param>
/// <param name="Layers">Hidden layers; the places come in again half way.</param>
/// <param name="Latent">Numbers of a code.</param>
public sealed record StyleModuleSpec(int Frequencies = 10, int Width = 256, int Layers = 7, int Latent = 32)
{
    /// <summary>A size that a laptop trains in a minute or two.</summary>
    public static StyleModuleSpec Small { get; } = new(Frequencies: 8, Width: 64, Layers: 4, Latent: 8);
}

/// <summary>Colours from places and codes of styles: every layer sees the code, and none the direction, so that a place looks the same from all sides.</summary>
/// <remarks>Huang et al. 2022, StylizedNeRF, section 3.3.</remarks>
public sealed class StyleModule : nn.Module
{
    readonly StyleModuleSpec _spec;

    /// <summary>Untrained.</summary>
    /// <param name="spec">The form.</param>
    /// <param name="random">Draws the weights.</param>
    public StyleModule(StyleModuleSpec spec, torch.Generator random) : base(nameof(StyleModule))
    {
        if (spec.Frequencies < 0 || spec.Width < 1 || spec.Layers < 1 || spec.Latent < 1) throw new BadInputException($"style module: frequencies {spec.Frequencies}, width {spec.Width}, layers {spec.Layers}, latent {spec.Latent}; all must be at least 1, frequencies at least 0");
        _spec = spec;
        using var scope = torch.NewDisposeScope();
        int place = PositionalEncoding.Size(spec.Frequencies);
        for (int i = 0; i <= spec.Layers; i++)
        {
            long inputs = (i == 0 ? place : spec.Width) + spec.Latent + (Again(i) ? place : 0), outputs = i == spec.Layers ? 3 : spec.Width;
            register_parameter($"weight{i}", nn.Parameter(torch.randn([outputs, inputs], generator: random) * double.Sqrt((i == spec.Layers ? 1.0 : 2.0) / inputs)));
            register_parameter($"bias{i}", nn.Parameter(torch.zeros(outputs)));
        }
    }

    bool Again(int layer) => layer > 0 && layer == (_spec.Layers + 1) / 2;

    /// <summary>Colours.</summary>
    /// <param name="u">[N,3], places in the field's box, 0 to 1.</param>
    /// <param name="code">[1,L] or [N,L].</param>
    /// <returns>[N,3], 0 to 1.</returns>
    public Tensor Color(Tensor u, Tensor code)
    {
        var place = PositionalEncoding.Encode(u * 2 - 1, _spec.Frequencies);
        var codes = code.expand(u.shape[0], _spec.Latent);
        var h = place;
        for (int i = 0; i <= _spec.Layers; i++)
        {
            h = torch.cat(Again(i) ? [h, codes, place] : [h, codes], 1);
            h = F.linear(h, get_parameter($"weight{i}")!, get_parameter($"bias{i}")!);
            if (i < _spec.Layers) h = h.relu();
        }
        return torch.sigmoid(h);
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
