using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using NerfLab.Fields;

namespace NerfLab.Recipes;

/// <summary>A change of a field's shape in the course of a training.</summary>
/// <param name="At">When: the share of the training's steps that has been made, 0 to below 1.</param>
/// <param name="Resolution">The field's from now on, as its own <c>resolution</c> counts; 0 for no change.</param>
/// <param name="Shrink">Cuts the box down to where a node absorbs this share of the light over half the distance of two nodes; 0 for no change. It comes before the new resolution.</param>
/// <param name="PruneWeight">Drops voxels whose largest weight in any training picture is below this number, divided by the resolution; 0 for none.</param>
/// <param name="PruneDensity">Drops voxels whose density, per length of the box's longest side, is below this number; 0 for none.</param>
/// <param name="MostVoxels">If more would stay, the least of them go as well; 0 for no limit.</param>
/// <param name="Losses">Weights of the loss terms from now on; null for no change.</param>
public sealed record GrowthStep(double At, int Resolution = 0, double Shrink = 0, double PruneWeight = 0, double PruneDensity = 0, long MostVoxels = 0, LossWeights? Losses = null)
{
    /// <summary>Whether voxels are dropped.</summary>
    [JsonIgnore]
    public bool Prunes => PruneWeight > 0 || PruneDensity > 0;

    /// <summary>The number of the first step after the change.</summary>
    /// <param name="steps">Of the whole training.</param>
    public int First(int steps) => (int)double.Ceiling(At * steps);
}

/// <summary>How a field changes its shape in the course of a training: steps in the order of their times. An empty list in JSON is a field that keeps it.</summary>
[JsonConverter(typeof(Json))]
public sealed class Growth(params IEnumerable<GrowthStep> steps) : IEquatable<Growth>
{
    const int LeastResolution = 2, MostResolution = 4096;

    /// <summary>In the order of their times.</summary>
    public ImmutableArray<GrowthStep> Steps { get; } = [.. steps];

    /// <summary>Checks the values.</summary>
    /// <exception cref="BadInputException">One is out of range, or times do not ascend.</exception>
    public void Check()
    {
        double before = 0;
        foreach (var (i, step) in Steps.Index())
        {
            Expect(step.At >= before && step.At < 1, $"growth.{i}.at is {step.At}; a share of the steps from {before} to below 1 is expected, in the order of time");
            Expect(step.Resolution is 0 or (>= LeastResolution and <= MostResolution), $"growth.{i}.resolution is {step.Resolution}; {LeastResolution} to {MostResolution} is expected, or 0 for no change");
            Expect(step.Shrink is >= 0 and < 1, $"growth.{i}.shrink is {step.Shrink}; a share of light from 0 to below 1 is expected");
            Expect(step.PruneWeight >= 0 && double.IsFinite(step.PruneWeight), $"growth.{i}.pruneWeight is {step.PruneWeight}; a number from 0 on is expected");
            Expect(step.PruneDensity >= 0 && double.IsFinite(step.PruneDensity), $"growth.{i}.pruneDensity is {step.PruneDensity}; a number from 0 on is expected");
            Expect(step is not { PruneWeight: > 0, PruneDensity: > 0 }, $"growth.{i} has both pruneWeight and pruneDensity; one of them is expected");
            Expect(step.MostVoxels >= 0 && (step.MostVoxels == 0 || step.Prunes), $"growth.{i}.mostVoxels is {step.MostVoxels}; a number from 0 on is expected, beside pruneWeight or pruneDensity");
            before = step.At;
        }
    }

    /// <summary>Checks that a field can do what is asked of it.</summary>
    /// <exception cref="BadInputException">It cannot.</exception>
    public void Check(EncodedField field)
    {
        foreach (var (i, step) in Steps.Index())
        {
            Expect(step.Resolution == 0 || field.Encoding is IResizable, $"growth.{i}.resolution: this field cannot take another one; set it to 0");
            Expect(step.Resolution <= VoxelEncoding.MostResolution || field.Encoding is not VoxelEncoding, $"growth.{i}.resolution is {step.Resolution}; a grid of voxels has {VoxelEncoding.MostResolution} at most along a side");
            Expect(step.Shrink == 0 || field.Encoding is ICroppable { Nodes: not null }, $"growth.{i}.shrink: the box of this field cannot be cut down; set it to 0");
            Expect(step.Shrink == 0 || field.Contraction is null, $"growth.{i}.shrink: a box in a contracted space cannot be cut down; set it to 0");
            Expect(!step.Prunes || field.Encoding is VoxelEncoding { DensityVoxels.Links: not null }, $"growth.{i}: this field has no sparse voxels that could be dropped; set pruneWeight and pruneDensity to 0");
        }
    }

    static void Expect(bool fits, FormattableString otherwise)
    {
        if (!fits) throw new BadInputException("recipe: " + FormattableString.Invariant(otherwise));
    }

    /// <inheritdoc/>
    public bool Equals(Growth? other) => other is not null && Steps.SequenceEqual(other.Steps);

    /// <inheritdoc/>
    public override bool Equals(object? other) => Equals(other as Growth);

    /// <inheritdoc/>
    public override int GetHashCode() => Steps.Aggregate(0, HashCode.Combine);

    sealed class Json : JsonConverter<Growth>
    {
        public override Growth Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => JsonSerializer.Deserialize<List<GrowthStep?>>(ref reader, options) is { } steps && !steps.Contains(null)
            ? new(steps.Select(s => s!)) : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, Growth value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.Steps, options);
    }
}
