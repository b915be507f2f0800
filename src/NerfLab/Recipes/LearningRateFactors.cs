using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NerfLab.Recipes;

/// <summary>
/// Factors on the learning rate for parts of a field, as in <c>{ "density": 500, "decoder": 0.1 }</c>. A part is a name, or
/// several with dots between them, as they follow each other in a parameter's full name (<c>encoding.density</c> is part of
/// <c>field.encoding.density</c>, and so are <c>encoding</c> and <c>density</c>). Where several parts fit, the longest
/// counts; what none fits has the factor 1.
/// </summary>
[JsonConverter(typeof(Json))]
public sealed class LearningRateFactors : IEquatable<LearningRateFactors>
{
    /// <summary>Factors by part.</summary>
    /// <param name="factors">Each part once.</param>
    public LearningRateFactors(params IEnumerable<(string Part, double Factor)> factors) =>
        Parts = factors.ToImmutableSortedDictionary(f => f.Part, f => f.Factor, StringComparer.Ordinal);

    /// <summary>Factors by part.</summary>
    public ImmutableSortedDictionary<string, double> Parts { get; }

    /// <summary>The factor of a parameter.</summary>
    /// <param name="parameter">Its full name, as <c>named_parameters</c> gives it.</param>
    public double For(string parameter) =>
        Parts.Where(p => Fits(p.Key, parameter)).OrderByDescending(p => p.Key.Length).Select(p => p.Value).FirstOrDefault(1.0);

    /// <summary>Checks the values, and that each part fits one parameter at least.</summary>
    /// <param name="parameters">The full names of all parameters.</param>
    /// <exception cref="BadInputException">A factor is not above 0, or a part fits nothing.</exception>
    public void Check(IReadOnlyCollection<string> parameters)
    {
        foreach (var (part, factor) in Parts)
        {
            if (!(factor > 0 && double.IsFinite(factor))) throw new BadInputException(FormattableString.Invariant($"recipe: optimizer.factors.{part} is {factor}; a number above 0 is expected"));
            if (!parameters.Any(p => Fits(part, p)))
                throw new BadInputException($"recipe: optimizer.factors.{part}: no parameter has this in its name{Spelling.Suggest(part, parameters.SelectMany(p => p.Split('.')))}");
        }
    }

    static bool Fits(string part, string parameter) => $".{parameter}.".Contains($".{part}.", StringComparison.Ordinal);

    /// <inheritdoc/>
    public bool Equals(LearningRateFactors? other) => other is not null && Parts.SequenceEqual(other.Parts);

    /// <inheritdoc/>
    public override bool Equals(object? other) => Equals(other as LearningRateFactors);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.Aggregate(0, (hash, p) => HashCode.Combine(hash, p.Key, p.Value));

    sealed class Json : JsonConverter<LearningRateFactors>
    {
        public override LearningRateFactors Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            new((JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options) ?? []).Select(p => (p.Key, p.Value)));

        public override void Write(Utf8JsonWriter writer, LearningRateFactors value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (part, factor) in value.Parts) writer.WriteNumber(part, factor);
            writer.WriteEndObject();
        }
    }
}
