using System.Numerics;
using System.Text.Json.Serialization;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Rendering;
using NerfLab.Tasks;

namespace NerfLab.Recipes;

/// <summary>When the stages of a distillation end, as shares of its steps. A stage that ends no later than it begins is left out.</summary>
/// <param name="Features">Until here only the vectors before the direction enters are compared.</param>
/// <param name="Samples">Until here those, and densities and colours of samples.</param>
/// <param name="All">Until here all terms; from here on pixels alone, which fused kernels compute at once.</param>
public sealed record StageEnds(double Features = 0, double Samples = 0.25, double All = 1);

/// <summary>Weights of the loss terms of a distillation; 0 leaves a term out.</summary>
/// <param name="Features">L_v, vectors before the direction enters.</param>
/// <param name="Density">L_σ, logarithms of densities.</param>
/// <param name="Colors">L_c, colours of samples.</param>
/// <param name="Rgb">L_rgb, pixels.</param>
/// <param name="Space">L_σ at random points of the box.</param>
/// <param name="PlaneL1">Mean magnitude of the planes and lines that density depends on, of students that have some.</param>
/// <param name="TvDensity">Total variation of the density voxels, of students that have some.</param>
/// <param name="TvColor">Total variation of the colour voxels, of students that have some.</param>
public sealed record DistillWeights(double Features = 1, double Density = 1, double Colors = 1, double Rgb = 1, double Space = 0, double PlaneL1 = 0, double TvDensity = 0, double TvColor = 0);

/// <summary>Where a teacher is looked at from.</summary>
public enum PosesKind
{
    /// <summary>As suits the scene: around it where cameras stand outside of its box and look at it, else among them.</summary>
    Auto,

    /// <summary>The 312 of the published code on the upper half of a sphere, at the mean distance of the teacher's cameras.</summary>
    Sphere,

    /// <summary>Anywhere around, as high and as far as the teacher's cameras are.</summary>
    Around,

    /// <summary>Anywhere in the box that the teacher's cameras stand in, turned as they are.</summary>
    Within,

    /// <summary>The teacher's cameras themselves, without their pictures.</summary>
    Cameras,
}

/// <summary>What is done to a teacher before it teaches: a part of it is moved, or taken away.</summary>
/// <param name="Box">Two corners of the part, x, y and z of each in world units.</param>
/// <param name="Move">Where it goes, world units; null takes it away.</param>
/// <param name="Copy">Whether it stays where it was as well.</param>
public sealed record DistillEdit(IReadOnlyList<float> Box, IReadOnlyList<float>? Move = null, bool Copy = false)
{
    /// <summary>The changed field.</summary>
    /// <exception cref="BadInputException">Numbers are missing.</exception>
    public IField Of(IField field)
    {
        if (Box.Count != 6 || Move is { Count: not 3 }) throw new BadInputException($"distillation: an edit has {Box.Count} numbers of a box{(Move is null ? "" : $" and {Move.Count} of a move")}; 6 and 3 are expected");
        Vector3 a = new(Box[0], Box[1], Box[2]), b = new(Box[3], Box[4], Box[5]);
        var box = new Box(Vector3.Min(a, b), Vector3.Max(a, b));
        var rest = Copy ? field : field.Without(box);
        return Move is null ? rest : rest.With(field.Within(box).Moved(new Vector3(Move[0], Move[1], Move[2])));
    }
}

/// <summary>How one field is taught to another, as data. A run folder that was made so holds it as <c>distill.json</c>, beside an ordinary recipe.</summary>
public sealed record Distillation
{
    const int SpaceEvery = 8; // steps: each question about other places than those of the rays costs a gradient of all tables

    /// <summary>What to call it.</summary>
    public required string Name { get; init; }

    /// <summary>The teacher's run folder, or its name.</summary>
    public string Teacher { get; init; } = "";

    /// <summary>What is taught of a teacher that has learnt styles, as <see cref="Run.Show(StyleChoice)"/> showed it; null for what its folder shows.</summary>
    public StyleChoice? Style { get; init; }

    /// <summary>When the stages end.</summary>
    public StageEnds Stages { get; init; } = new();

    /// <summary>Weights of the terms.</summary>
    public DistillWeights Weights { get; init; } = new();

    /// <summary>How differences are measured.</summary>
    public Norm Norm { get; init; }

    /// <summary>Which densities count as different.</summary>
    public DensityRange Range { get; init; } = new();

    /// <summary>What the weight of the features is multiplied by from step to step. The published code has 0.995: after 138 steps half is left, after 2000 nothing.</summary>
    public double FeatureDecay { get; init; } = 1;

    /// <summary>Whether the student's vector gets the length of the teacher's where its architecture allows it; else features of other lengths are not compared.</summary>
    public bool MatchFeatures { get; init; } = true;

    /// <summary>Whether the student begins with the teacher's decoder where both have the same.</summary>
    public bool CopyDecoder { get; init; }

    /// <summary>Whether voxels begin with the teacher's densities, and sparse ones exist only where it has something.</summary>
    public bool InheritVoxels { get; init; }

    /// <summary>Whether only the encoding is trained (fix_mlp of the published code).</summary>
    public bool EncoderOnly { get; init; }

    /// <summary>Samples behind which less than this share of the light comes from, as the teacher has it, are left out; 0 keeps all.</summary>
    public double Dark { get; init; }

    /// <summary>Where the teacher is looked at from.</summary>
    public PosesKind Poses { get; init; }

    /// <summary>Points for <see cref="DistillWeights.Space"/>, in every eighth step, which counts eightfold.</summary>
    public int SpacePoints { get; init; } = 2048;

    /// <summary>The optimiser; null for the one of the student's recipe.</summary>
    public OptimizerSpec? Optimizer { get; init; }

    /// <summary>Rays of a step; null for those of the student's recipe.</summary>
    public BatchSize? Batch { get; init; }

    /// <summary>Steps; null for those of the student's recipe.</summary>
    public int? Steps { get; init; }

    /// <summary>Where samples lie; null for the teacher's sampler where it has an occupancy grid, else the student's.</summary>
    public SamplerSpec? Sampler { get; init; }

    /// <summary>What is done to the teacher first, in this order.</summary>
    public IReadOnlyList<DistillEdit> Edits { get; init; } = [];

    /// <summary>Checks the values.</summary>
    /// <exception cref="BadInputException">One is out of range.</exception>
    public void Check()
    {
        var (features, samples, all) = (Stages.Features, Stages.Samples, Stages.All);
        Expect(features is >= 0 and <= 1 && samples is >= 0 and <= 1 && all is > 0 and <= 1, $"stages end at {features}, {samples} and {all}; shares of the steps from 0 to 1 are expected, the last above 0");
        foreach (var (name, weight) in new[] { ("features", Weights.Features), ("density", Weights.Density), ("colors", Weights.Colors), ("rgb", Weights.Rgb), ("space", Weights.Space), ("planeL1", Weights.PlaneL1), ("tvDensity", Weights.TvDensity), ("tvColor", Weights.TvColor) })
            Expect(weight >= 0 && double.IsFinite(weight), $"weights.{name} is {weight}; a number from 0 on is expected");
        Expect(Weights.Density + Weights.Colors + Weights.Features > 0 || samples == 0, $"weights.density and weights.colors are 0, so nothing is learned until stages.samples at {samples}; set that to 0");
        Expect(Weights.Rgb > 0 || samples >= 1, $"weights.rgb is 0; above 0 is expected, or stages.samples 1");
        Expect(Range.Least < Range.Most && double.IsFinite(Range.Most - Range.Least), $"range is {Range.Least} to {Range.Most}; logarithms of densities are expected, the first below the second");
        Expect(FeatureDecay is > 0 and <= 1, $"featureDecay is {FeatureDecay}; a number above 0, at most 1, is expected");
        Expect(Dark is >= 0 and < 1, $"dark is {Dark}; a share of light from 0 to below 1 is expected");
        Expect(SpacePoints >= 1, $"spacePoints is {SpacePoints}; at least 1 is expected");

        static void Expect(bool fits, FormattableString otherwise)
        {
            if (!fits) throw new BadInputException("distillation: " + FormattableString.Invariant(otherwise));
        }
    }

    /// <summary>The student's recipe: what the preset says of the field, what this says of the training, and the teacher's scene, space and background.</summary>
    /// <param name="student">A recipe for photographs, of which the field and, where nothing else is said here, its optimiser, batch, growth and steps count.</param>
    /// <param name="teacher">The teacher.</param>
    /// <param name="remark">Told what is not as one might think, a sentence each.</param>
    /// <exception cref="BadInputException">The sampler cannot be shared with a teacher.</exception>
    public Recipe For(Recipe student, Teacher teacher, Action<string>? remark = null)
    {
        var field = student.Field;
        int wanted = (teacher.Field as IGeometric)?.GeometrySize ?? 0;
        if (Stages.Features > 0 && MatchFeatures && wanted > 0) field = field.WithGeometry(wanted) ?? field;
        var sampler = (teacher.Lessons is null ? Sampler : null) ?? teacher.Recipe?.Sampler as OccupancySpec ?? student.Sampler;
        if (sampler is not (OccupancySpec or UniformSpec))
        {
            sampler = new OccupancySpec();
            remark?.Invoke("the student is sampled by an occupancy grid that is made from the teacher, because it has to be asked where the teacher is");
        }
        return student with
        {
            Scene = teacher.Recipe?.Scene ?? teacher.Name,
            Downscale = teacher.Recipe?.Downscale ?? 1,
            Space = teacher.Recipe?.Space ?? new SpaceSpec(),
            Background = teacher.Recipe?.Background ?? student.Background,
            Field = field,
            Sampler = sampler,
            Optimizer = Optimizer ?? student.Optimizer,
            Batch = Batch ?? student.Batch,
            Steps = Steps ?? student.Steps,
        };
    }

    /// <summary>The stage of each step of a training of so many steps.</summary>
    public Func<int, DistillStage> StageOf(int steps) => step =>
        step < At(Stages.Features, steps) ? DistillStage.Features : step < At(Stages.Samples, steps) ? DistillStage.Samples : step < At(Stages.All, steps) ? DistillStage.All : DistillStage.OnlyPixels;

    static int At(double share, int steps) => (int)double.Round(share * steps);

    /// <summary>The weight of the features in a step, where they are compared.</summary>
    public double FeatureWeight(int step) => Weights.Features * double.Pow(FeatureDecay, step);

    /// <summary>The terms, each with a weight in the stages to which it belongs.</summary>
    /// <param name="teacher">The field to learn from.</param>
    /// <param name="box">Its box, in the coordinates of the field.</param>
    /// <param name="student">Only terms that it can be asked for are taken.</param>
    /// <param name="steps">Of the whole distillation.</param>
    public LossSet Terms(IField teacher, Box box, IField student, int steps)
    {
        var terms = new DistillTerms(teacher, Norm, Range, box.LongestSide / 2);
        var stage = StageOf(steps);
        // Colours come first: who is asked for them answers with densities as well.
        var losses = new LossSet().Add("colors", terms.Colors, During(Weights.Colors, DistillStage.Samples, DistillStage.All))
            .Add("density", terms.Density, During(Weights.Density, DistillStage.Samples, DistillStage.All))
            .Add("rgb", terms.Pixels, During(Weights.Rgb, DistillStage.All, DistillStage.OnlyPixels));
        if (Comparable(teacher, student)) losses = losses.Add("features", terms.Features, step => stage(step) <= DistillStage.All && Stages.Features > 0 ? FeatureWeight(step) : 0);
        if (Weights.Space > 0) losses = losses.Add("space", terms.Space(box, SpacePoints), step => step % SpaceEvery == 0 ? SpaceEvery * During(Weights.Space, DistillStage.Samples, DistillStage.All)(step) : 0);
        var encoding = (student as EncodedField)?.Encoding;
        if (encoding is IFactored) losses = losses.Add("planeL1", PlaneRegularizers.PlaneL1, During(Weights.PlaneL1, DistillStage.All, DistillStage.OnlyPixels));
        if (encoding is VoxelEncoding)
            losses = losses.Add("tvDensity", Regularizers.TvDensity, During(Weights.TvDensity, DistillStage.All, DistillStage.OnlyPixels))
                .Add("tvColor", Regularizers.TvColor, During(Weights.TvColor, DistillStage.All, DistillStage.OnlyPixels));
        return losses;

        Schedule During(double weight, DistillStage first, DistillStage last) => step => stage(step) is var s && s >= first && s <= last ? weight : 0;
    }

    /// <summary>Whether two fields have vectors before the direction enters, of the same length.</summary>
    internal static bool Comparable(IField teacher, IField student) =>
        teacher is IGeometric { GeometrySize: > 0 and var size } && student is IGeometric other && other.GeometrySize == size;

    /// <summary>Without the stage of features where teacher and student have none in common.</summary>
    /// <param name="teacher">The field to learn from.</param>
    /// <param name="student">The field that learns.</param>
    /// <param name="remark">Told why, in a sentence.</param>
    public Distillation Possible(IField teacher, IField student, Action<string>? remark = null)
    {
        if (teacher is CachedLessons.Absent && (Weights.Space > 0 || InheritVoxels)) return (this with { Weights = Weights with { Space = 0 }, InheritVoxels = false }).Possible(teacher, student, remark);
        if (Stages.Features == 0 || Comparable(teacher, student)) return this;
        int mine = (student as IGeometric)?.GeometrySize ?? 0, its = (teacher as IGeometric)?.GeometrySize ?? 0;
        remark?.Invoke(its == 0 ? "the teacher has no features before the direction enters: the stage of features is left out"
            : mine == 0 ? "the student has no features before the direction enters: the stage of features is left out"
            : $"the teacher's features have {its} numbers and the student's {mine}: the stage of features is left out");
        return this with { Stages = Stages with { Features = 0 } };
    }

    /// <summary>The cameras that a teacher is looked at from.</summary>
    /// <param name="scene">The teacher's.</param>
    /// <param name="seed">Decides random ones.</param>
    public IReadOnlyList<Camera> CamerasFor(SceneSummary scene, long seed)
    {
        const int Count = 312;
        List<Camera> given = [.. scene.Train.Select(c => c.Camera)];
        var focus = CameraPaths.Focus(given);
        bool outside = scene.Space is BoundedSpace space && scene.Space.Bounds.Contains(focus) && !given.Exists(c => space.Bounds.Contains(c.Pose.Position));
        return Poses switch
        {
            PosesKind.Sphere => PoseSphere.Published(focus, given.Average(c => Vector3.Distance(c.Pose.Position, focus)), CameraPaths.Up(given), given[0]),
            PosesKind.Around => PoseSphere.Around(given, Count, seed),
            PosesKind.Within => PoseSphere.Within(given, Count, seed),
            PosesKind.Cameras => given,
            _ => outside ? PoseSphere.Around(given, Count, seed) : PoseSphere.Within(given, Count, seed),
        };
    }

    /// <summary>The distillation with one value changed, as <c>--set distill.weights.colors=0.5</c> does it.</summary>
    /// <param name="assignment">distill, a path of keys with dots before them, =, and a value as JSON or as plain text.</param>
    /// <exception cref="BadInputException">There is no such key, or the value does not fit.</exception>
    public Distillation Set(string assignment) => Read(RecipeJson.Changed(this, assignment, "distill."), $"--set {assignment}");

    /// <summary>The distillation as indented JSON.</summary>
    public string ToJson() => StrictJson.Write(this);

    /// <summary>Reads and checks what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <param name="place">What to call it in messages.</param>
    /// <exception cref="BadInputException">A key is unknown, a value does not fit or the JSON is broken.</exception>
    public static Distillation Read(string json, string place)
    {
        var read = StrictJson.Read<Distillation>(json, place);
        read.Check();
        return read;
    }
}
