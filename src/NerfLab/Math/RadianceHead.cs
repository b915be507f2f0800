namespace NerfLab.Math;

/// <summary>How the sum of spherical harmonics becomes a colour.</summary>
public enum ShColor
{
    /// <summary>max(Σ + 1/2, 0), as in Plenoxels: grey for zeros, no upper bound, no gradient where it is 0.</summary>
    Clamped,

    /// <summary>1 / (1 + e^-Σ), as in PlenOctrees: grey for zeros, always between 0 and 1.</summary>
    Sigmoid,
}

/// <summary>How far a colour is from what was photographed.</summary>
public enum ColorError
{
    /// <summary>The mean square.</summary>
    Squared,

    /// <summary>The mean of Huber's loss, squared below <c>0.1</c> and linear above; divided by 0.1, so that it equals 5 (Δc)² for small errors.</summary>
    Huber,
}

/// <summary>From a raw number to a density: activation(z + shift) · scale.</summary>
/// <param name="Activation">The activation.</param>
/// <param name="Shift">Added before.</param>
/// <param name="Scale">Multiplied after.</param>
public readonly record struct RawDensity(DensityActivation Activation, double Shift = 0, double Scale = 1)
{
    /// <summary>[...] -> [...], at least 0.</summary>
    public Tensor Apply(Tensor raw)
    {
        var density = Activation.Apply(Shift == 0 ? raw : raw + Shift);
        return Scale == 1 ? density : density * Scale;
    }

    /// <summary>The raw numbers that give densities: the inverse of <see cref="Apply"/>.</summary>
    /// <param name="density">[...], above 0.</param>
    public Tensor Inverse(Tensor density)
    {
        var y = density / Scale;
        var raw = Activation switch
        {
            DensityActivation.Relu => y,
            DensityActivation.Exp => y.log(),
            _ => y + torch.log(-torch.expm1(-y)) + (Activation == DensityActivation.Softplus10 ? 10 : 1), // ln(e^y - 1), also for a large y
        };
        return raw - Shift;
    }
}

/// <summary>
/// A decoder as plain tensors, where it has the form that most have: numbers z from the features by a small network, or the features
/// themselves; density from z₀; colour from z and the direction, by another network with a sigmoid behind it or as spherical harmonics.
/// </summary>
/// <param name="Density">From z₀ to density.</param>
/// <param name="Codes">[R,D], a code of each direction; the basis functions, for harmonics.</param>
public sealed record RadianceHead(RawDensity Density, Tensor Codes)
{
    /// <summary>Weights of the network from features to z, without biases and with ReLU between layers; none where z are the features.</summary>
    public IReadOnlyList<Tensor> Trunk { get; init; } = [];

    /// <summary>Whether the network of colour also sees z₀.</summary>
    public bool ColorSeesDensity { get; init; }

    /// <summary>Weights of the network from z and code to colour; none for harmonics.</summary>
    public IReadOnlyList<Tensor> Color { get; init; } = [];

    /// <summary>Its biases; null for none.</summary>
    public IReadOnlyList<Tensor>? ColorBiases { get; init; }

    /// <summary>From harmonics to colour, where there is no network: z₁... are all coefficients of red, of green and of blue.</summary>
    public ShColor Harmonics { get; init; }

    /// <summary>All that is trained.</summary>
    public IEnumerable<Tensor> Parameters => [.. Trunk, .. Color, .. ColorBiases ?? []];

    /// <summary>Density and colour of features, each of which has a code of its own.</summary>
    /// <param name="features">[N,F], where there are N codes.</param>
    /// <param name="pass">How the networks are computed.</param>
    public Radiance Decode(Tensor features, PassLayers pass)
    {
        var z = Trunk.Count == 0 ? features : pass(features, Trunk, null, false);
        var seen = ColorSeesDensity ? z : z.narrow(1, 1, z.shape[1] - 1);
        Tensor color;
        if (Color.Count > 0) color = torch.sigmoid(pass(torch.cat([seen, Codes], -1), Color, ColorBiases, false));
        else
        {
            var sum = (seen.view(-1, 3, Codes.shape[1]) * Codes.unsqueeze(1)).sum(-1); // [N,3]
            color = Harmonics == ShColor.Sigmoid ? torch.sigmoid(sum) : (sum + 0.5).clamp_min(0);
        }
        return new Radiance(Density.Apply(z.select(1, 0)), color);
    }
}

/// <summary>What rays show: from features along them to colours, in one go.</summary>
/// <param name="Color">[R,3], in front of the background.</param>
/// <param name="Opacity">[R], 0 to 1.</param>
/// <param name="Place">[R], Σ w s over the places s of samples.</param>
public sealed record RenderedHead(Tensor Color, Tensor Opacity, Tensor Place)
{
    /// <summary>Decodes and composites.</summary>
    /// <param name="features">[N,F].</param>
    /// <param name="thickness">[N], lengths that densities are multiplied by.</param>
    /// <param name="head">The decoder.</param>
    /// <param name="samples">Which samples belong to which ray.</param>
    /// <param name="places">[N], what to take the mean of.</param>
    /// <param name="background">[3] or [R,3].</param>
    public static RenderedHead Render(Tensor features, Tensor thickness, RadianceHead head, RaySamples samples, Tensor places, Tensor background)
    {
        var (density, color) = (head with { Codes = head.Codes.index_select(0, samples.RayIndex) }).Decode(features, Perceptron.Apply);
        var weights = VolumeRendering.Weights(density, thickness, samples.Offsets, samples.RayIndex);
        Tensor Sum(Tensor? values) => VolumeRendering.Accumulate(weights, values, samples);
        var opacity = Sum(null);
        return new RenderedHead(VolumeRendering.Over(Sum(color), opacity, background), opacity, Sum(places));
    }

    /// <summary>The same, compared with what was photographed.</summary>
    /// <param name="features">[N,F].</param>
    /// <param name="thickness">[N], lengths that densities are multiplied by.</param>
    /// <param name="head">The decoder.</param>
    /// <param name="samples">Which samples belong to which ray.</param>
    /// <param name="places">[N], what to take the mean of.</param>
    /// <param name="background">[3] or [R,3].</param>
    /// <param name="target">[R,3].</param>
    /// <param name="error">How it is compared.</param>
    /// <returns>The error, a scalar with gradient, and what was rendered, without.</returns>
    public static (Tensor Error, RenderedHead Rendered) Compare(Tensor features, Tensor thickness, RadianceHead head, RaySamples samples, Tensor places, Tensor background, Tensor target, ColorError error)
    {
        var rendered = Render(features, thickness, head, samples, places, background);
        return (error.Between(rendered.Color, target), new RenderedHead(rendered.Color.detach(), rendered.Opacity.detach(), rendered.Place.detach()));
    }
}

/// <summary>Errors of colours.</summary>
public static class ColorErrors
{
    /// <summary>The mean error over all numbers, a scalar.</summary>
    public static Tensor Between(this ColorError error, Tensor color, Tensor target) =>
        error == ColorError.Squared ? F.mse_loss(color, target) : F.huber_loss(color, target, delta: 0.1) / 0.1;
}
