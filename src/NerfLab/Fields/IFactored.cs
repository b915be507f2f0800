namespace NerfLab.Fields;

/// <summary>A plane or a line of texels, as regularisers see it.</summary>
/// <param name="Values">[C,H,W] or [C,L].</param>
/// <param name="Density">Whether the density depends on it.</param>
public readonly record struct Factor(Tensor Values, bool Density);

/// <summary>An encoding made of planes and lines.</summary>
public interface IFactored
{
    /// <summary>All planes and lines; views of the tensors that are trained, so gradients reach these.</summary>
    IEnumerable<Factor> Factors { get; }
}
