using System.Text.Json.Serialization;

namespace NerfLab.Fields;

/// <summary>A decoder as data, for encodings that leave the choice.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FeatureMlpSpec), "feature-mlp")]
[JsonDerivedType(typeof(SharedBaseSpec), "shared-base")]
[JsonDerivedType(typeof(Eg3dSpec), "eg3d")]
public abstract record DecoderSpec
{
    /// <summary>Makes an untrained decoder, which is also a module.</summary>
    /// <param name="features">Length of the encoding's feature vectors.</param>
    /// <param name="random">Draws the first weights.</param>
    /// <param name="kernels">The operations to use.</param>
    /// <exception cref="BadInputException">A size is out of range.</exception>
    public abstract IDecoder Build(int features, torch.Generator random, Kernels.Kernels kernels);

    /// <summary>The same with another length of the vector before the direction enters; see <see cref="IGeometric"/>.</summary>
    /// <param name="size">At least 2.</param>
    public abstract DecoderSpec WithGeometry(int size);

    private protected static void InRange(string kind, int value, int least, int most, string key)
    {
        if (value < least || value > most) throw new BadInputException($"decoder {kind}: {key} is {value}; {least} to {most} is expected");
    }
}
