using System.Text.Json.Serialization;

namespace NerfLab.Fields;

/// <summary>A field as data: which architecture, with which sizes. Specs are records: <c>with</c>, equality, JSON.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpSpec), "mlp")]
[JsonDerivedType(typeof(HashSpec), "hash")]
[JsonDerivedType(typeof(DenseSpec), "dense")]
[JsonDerivedType(typeof(PlenoxelsSpec), "plenoxels")]
[JsonDerivedType(typeof(TensorfVmSpec), "tensorf-vm")]
[JsonDerivedType(typeof(TensorfCpSpec), "tensorf-cp")]
[JsonDerivedType(typeof(TriPlaneSpec), "tri-plane")]
[JsonDerivedType(typeof(MultiPlaneSpec), "multi-plane")]
public abstract record FieldSpec
{
    /// <summary>Makes an untrained field.</summary>
    /// <param name="bounds">The part of the world it covers.</param>
    /// <param name="random">Draws the first weights: the same seed gives the same field.</param>
    /// <param name="kernels">The operations to use; null for the reference.</param>
    public abstract EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null);

    /// <summary>The same architecture with another length of the vector that density and colour are made from before the direction enters; see <see cref="IGeometric"/>.</summary>
    /// <param name="size">At least 2: the density, and what colour is made from.</param>
    /// <returns>Null where it has no such vector.</returns>
    public abstract FieldSpec? WithGeometry(int size);
}
