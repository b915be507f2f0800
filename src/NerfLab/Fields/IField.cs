using System.Numerics;
using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>A radiance field: density and colour at points of space, seen from directions.</summary>
/// <remarks>Points and directions may have any leading shape; the answers have the same.</remarks>
public interface IField
{
    /// <summary>Density and colour.</summary>
    /// <param name="x">[...,3], world units.</param>
    /// <param name="d">[...,3], unit length: the direction in which the viewing ray runs.</param>
    Radiance Query(Tensor x, Tensor d);

    /// <summary>Density alone, where that is cheaper.</summary>
    /// <param name="x">[...,3], world units.</param>
    /// <returns>[...], at least 0.</returns>
    Tensor Density(Tensor x);

    /// <summary>The part of the world outside of which there is nothing; null where the field does not know of one.</summary>
    Box? Support => null;
}

/// <summary>The first half of a field: from places to features. PVD's φ¹ (Fang et al. 2023).</summary>
public interface IEncoding
{
    /// <summary>Length of a feature vector.</summary>
    int Features { get; }

    /// <summary>The features of places.</summary>
    /// <param name="u">[N,3], coordinates within the field's box, 0 to 1.</param>
    /// <returns>[N, <see cref="Features"/>].</returns>
    Tensor Encode(Tensor u);

    /// <summary>The features that density needs, where these are fewer: what <see cref="IDecoder.Density"/> is given when no colour is asked for.</summary>
    /// <param name="u">[N,3], coordinates within the field's box, 0 to 1.</param>
    /// <returns>[N,G], the first G of <see cref="Encode"/>'s features.</returns>
    Tensor EncodeDensity(Tensor u) => Encode(u);
}

/// <summary>The second half of a field: from features to density and colour. PVD's φ².</summary>
public interface IDecoder
{
    /// <summary>Density alone.</summary>
    /// <param name="features">[N,F], or what <see cref="IEncoding.EncodeDensity"/> gives.</param>
    /// <returns>[N], at least 0, per length of the box's longest side.</returns>
    Tensor Density(Tensor features);

    /// <summary>Density and colour at once, because most decoders share work between them.</summary>
    /// <param name="features">[N,F].</param>
    /// <param name="d">[N,3], unit length.</param>
    Radiance Decode(Tensor features, Tensor d);

    /// <summary>The decoder as plain tensors, for kernels that do everything behind the encoding at once; null where it has another form.</summary>
    /// <param name="d">[R,3], unit length: the directions of the rays that will be decoded along.</param>
    RadianceHead? Head(Tensor d) => null;

    /// <summary>How the first feature becomes density, where it does so by itself; else null.</summary>
    RawDensity? FirstFeature => null;

    /// <summary>V, the length of <see cref="Geometry"/>; 0 where the decoder has no such vector.</summary>
    int GeometrySize => 0;

    /// <summary>The vector that density and colour are made from before the direction enters; see <see cref="IGeometric"/>.</summary>
    /// <param name="features">[N,F].</param>
    /// <returns>[N,V], the first number of which is the logarithm of the density per length of the box's longest side.</returns>
    Tensor Geometry(Tensor features) => throw new NotSupportedException("this decoder has no vector before the direction enters");
}

/// <summary>An encoding followed by a decoder, over a box of the world: the form of every field in this library.</summary>
/// <remarks>
/// A decoder's density counts per length of the box's longest side; the field divides by that length. So an untrained field
/// absorbs the same share of light across its box whatever the unit of the scene is.
/// </remarks>
public sealed class EncodedField : nn.Module, IField, IGeometric, IReshaped
{
    readonly Tensor origin, scale; // buffers: they move with the field
    readonly Box _whole;
    readonly double _perUnit;

    /// <summary>Puts the halves together.</summary>
    /// <param name="bounds">The part of the world that the encoding covers; points outside are moved to its boundary by the encoding.</param>
    /// <param name="encoding">A module, or a plain object over tensors made elsewhere.</param>
    /// <param name="decoder">A module, or a plain object over tensors made elsewhere.</param>
    public EncodedField(Box bounds, IEncoding encoding, IDecoder decoder) : base(nameof(EncodedField))
    {
        (_whole, Encoding, Decoder) = (bounds, encoding, decoder);
        _perUnit = 1.0 / bounds.LongestSide;
        origin = bounds.Min.ToTensor();
        scale = torch.tensor(new[] { 1 / bounds.Size.X, 1 / bounds.Size.Y, 1 / bounds.Size.Z });
        register_buffer("origin", origin);
        register_buffer("scale", scale);
        if (encoding is nn.Module first) register_module("encoding", first);
        if (decoder is nn.Module second) register_module("decoder", second);
    }

    /// <summary>The part of the world that the field covers.</summary>
    public Box Bounds
    {
        get
        {
            using var scope = torch.NewDisposeScope();
            var (low, inverse) = (Read("origin"), Read("scale"));
            return low == _whole.Min && inverse == Vector3.One / _whole.Size ? _whole : new Box(low, low + Vector3.One / inverse);

            Vector3 Read(string buffer) => new(get_buffer(buffer)!.to(torch.float32).cpu().data<float>().ToArray());
        }
    }

    /// <summary>What the box has been cut down to; null where it has not been.</summary>
    public Box? Support => Bounds is var bounds && bounds == _whole ? null : bounds;

    /// <summary>
    /// How the space around the box is drawn into the encoding, the inner half of whose sides the box then is; null for a field that
    /// ends with its box. To be set before the field is asked.
    /// </summary>
    /// <remarks>
    /// Densities count per length of the drawn-in space, along the radius: so an untrained field absorbs the same share of light, whether its
    /// space ends or not. Mip-NeRF 360 counts them per length of the world.
    /// </remarks>
    public ContractionNorm? Contraction { get; set; }

    /// <summary>The one direction that colours are asked for, wherever they are seen from; null for colours that depend on the viewing ray. To be set before the field is asked.</summary>
    public Vector3? OneDirection { get; set; }

    /// <summary>Places to features.</summary>
    public IEncoding Encoding { get; }

    /// <summary>Features to density and colour.</summary>
    public IDecoder Decoder { get; }

    /// <summary>The features of world points, [...,3] -> [N,F] with the leading shape flattened.</summary>
    public Tensor Features(Tensor x) => Encoding.Encode(Inside(x).U);

    /// <summary>Where points lie in the encoding, 0 to 1 along each side, [...,3] -> [N,3].</summary>
    public Tensor Coordinates(Tensor x) => Inside(x).U;

    /// <summary>World points as coordinates within the encoding, [...,3] -> [N,3], and by what densities shrink there, [N] or null.</summary>
    (Tensor U, Tensor? Unit) Inside(Tensor x)
    {
        var u = (Guard.Vectors(x).reshape(-1, 3) - get_buffer("origin")!) * get_buffer("scale")!;
        if (Contraction is not { } norm) return (u, null);
        var y = u * 2 - 1;
        return (Math.Contraction.Contract(y, norm) / 4 + 0.5, Math.Contraction.Shrinkage(y, norm) / 2);
    }

    /// <inheritdoc/>
    public Radiance Query(Tensor x, Tensor d)
    {
        var leading = x.shape[..^1];
        var (u, unit) = Inside(x);
        var (density, color) = Decoder.Decode(Encoding.Encode(u), Asked(Guard.Vectors(d).reshape(-1, 3)));
        return new Radiance(PerUnit(density, u, unit).reshape(leading), color.reshape([.. leading, 3]));
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor x)
    {
        var (u, unit) = Inside(x);
        return PerUnit(Decoder.Density(Encoding.EncodeDensity(u)), u, unit).reshape(x.shape[..^1]);
    }

    /// <inheritdoc/>
    public int GeometrySize => Decoder.GeometrySize;

    /// <inheritdoc/>
    public Tensor Geometry(Tensor x)
    {
        var (u, unit) = Inside(x);
        var v = Decoder.Geometry(Encoding.Encode(u)); // [N,V]
        var shift = unit is null ? null : unit.log().unsqueeze(-1);
        var first = v.narrow(1, 0, 1) + double.Log(_perUnit);
        return torch.cat([shift is null ? first : first + shift, v.narrow(1, 1, v.shape[1] - 1)], -1);
    }

    /// <summary>The decoder as plain tensors, see <see cref="IDecoder.Head"/>.</summary>
    /// <param name="d">[R,3], unit length.</param>
    internal RadianceHead? Head(Tensor d) => Decoder.Head(Asked(d));

    Tensor Asked(Tensor d) => OneDirection is { } one ? one.ToTensor(d.device).expand_as(d).contiguous() : d;

    /// <summary>What decoding along rays needs: the features of samples, [N,F], and the lengths that the decoder's densities are multiplied by, [N].</summary>
    /// <param name="samples">N samples.</param>
    internal (Tensor Features, Tensor Thickness) Along(RaySamples samples)
    {
        var (u, unit) = Inside(samples.Positions);
        return (Encoding.Encode(u), PerUnit(samples.Deltas, u, unit));
    }

    /// <summary>Densities per world unit; nothing is left where the box has been cut away.</summary>
    Tensor PerUnit(Tensor density, Tensor u, Tensor? unit)
    {
        var scaled = unit is null ? density * _perUnit : density * unit * _perUnit;
        return Support is null ? scaled : scaled * (u >= 0).logical_and(u <= 1).all(-1);
    }

    /// <summary>
    /// Cuts the box down, in whole steps of the encoding's nodes, so that nothing changes inside; outside there is nothing from now on.
    /// Densities keep their unit, the side of the box that the field was made for.
    /// </summary>
    /// <param name="part">What has to stay, in world units; at most the box.</param>
    /// <exception cref="InvalidOperationException">The encoding cannot be cut.</exception>
    public void Crop(Box part)
    {
        using var scope = torch.NewDisposeScope();
        var (bounds, size) = (Bounds, Bounds.Size);
        var (low, high) = ((ICroppable)Encoding).Crop((part.Min - bounds.Min) / size, (part.Max - bounds.Min) / size);
        if (low == Vector3.Zero && high == Vector3.One) return;
        var (min, inverse) = (bounds.Min + low * size, Vector3.One / ((high - low) * size));
        get_buffer("origin")!.copy_(min.ToTensor());
        get_buffer("scale")!.copy_(inverse.ToTensor());
    }

    /// <inheritdoc/>
    public string? Misfit(Func<string, long[]> shape, Func<string, Tensor> read)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var name in new[] { "origin", "scale" })
            if (shape(name) is not [3] || !read(name).isfinite().all().ToBoolean()) return $"{name} is not three finite numbers";
        return (read("scale") > 0).all().ToBoolean() ? null : "scale is not positive";
    }
}
