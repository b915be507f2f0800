using System.Numerics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Rendering;
using NerfLab.Tasks;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>A field to learn from, and where it lies in the world.</summary>
public sealed record Teacher
{
    Teacher(string name, IField field, SceneSummary scene, Device device) => (Name, Field, Scene, Device) = (name, field, scene, device);

    /// <summary>What to call it: a run folder, or a name.</summary>
    public string Name { get; init; }

    /// <summary>The field, in the coordinates of its space.</summary>
    public IField Field { get; init; }

    /// <summary>The space, and the cameras that it was learned from or can be seen from.</summary>
    public SceneSummary Scene { get; init; }

    /// <summary>Where its tensors are.</summary>
    public Device Device { get; }

    /// <summary>The recipe behind it; null where there is none.</summary>
    public Recipe? Recipe { get; private init; }

    /// <summary>How it is rendered; null where any way will do.</summary>
    public Renderer? Renderer { get; private init; }

    /// <summary>What it was trained through; null where that is not known, or not true any more.</summary>
    internal ISampler? Sampler => Renderer?.Sampler;

    /// <summary>A trained run. It has to live as long as the teacher.</summary>
    /// <param name="run">Trained, or opened from a folder.</param>
    /// <param name="name">What to call it; null for the recipe's name.</param>
    public static Teacher Of(Run run, string? name = null) =>
        new(name ?? run.Recipe.Name, run.Shown, run.Scene, run.Device) { Recipe = run.Recipe, Renderer = run.Renderer };

    /// <summary>Answers that were kept.</summary>
    internal static Teacher Kept(string name, SceneSummary scene, Recipe recipe, Renderer renderer, Device device, Func<Background, ILessons> lessons) =>
        new(name, lessons(Background.White).Teacher, scene, device) { Recipe = recipe, Renderer = renderer, Lessons = lessons };

    /// <summary>Where lessons come from, where the field itself is not there; else null.</summary>
    internal Func<Background, ILessons>? Lessons { get; private init; }

    /// <summary>Any field, also one that the library does not know.</summary>
    /// <param name="field">In world units.</param>
    /// <param name="box">The part of the world that it covers.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="cameras">Where it is looked at from; null for a sphere around the box from which all of it is seen.</param>
    /// <param name="device">Where it takes points; null for the CPU.</param>
    /// <exception cref="BadInputException">The box is no box.</exception>
    public static Teacher Of(IField field, Box box, string name = "field", IReadOnlyList<Camera>? cameras = null, Device? device = null)
    {
        if (!(box.Size.X > 0 && box.Size.Y > 0 && box.Size.Z > 0 && float.IsFinite(box.Diagonal))) throw new BadInputException($"teacher {name}: {Text(box)} is no box; its second corner has to lie above the first along each axis");
        const float Angle = 0.7f; // radians, about that of the Blender scenes
        float radius = box.Diagonal / 2 / MathF.Sin(Angle / 2);
        var lens = Camera.FromAngle(200, 200, Angle, default);
        cameras ??= PoseSphere.Published(box.Center, radius, Vector3.UnitZ, lens);
        float nearest = cameras.Min(c => Vector3.Distance(c.Pose.Position, box.Center)), farthest = cameras.Max(c => Vector3.Distance(c.Pose.Position, box.Center));
        var reach = new Reach(box, float.Max(nearest - box.Diagonal / 2, box.Diagonal / 1000), farthest + box.Diagonal / 2);
        var test = PoseSphere.Around(cameras, 8, 1);
        return new Teacher(name, field, new SceneSummary(name, new BoundedSpace(reach), Named("train", cameras), [], Named("test", test)), device ?? CPU);

        static List<NamedCamera> Named(string split, IReadOnlyList<Camera> cameras) => [.. cameras.Select((c, i) => new NamedCamera($"{split}/{i:000}", c))];
    }

    /// <summary>The same with another field in the same place: what is left of it, or what it becomes; see <see cref="FieldParts"/>.</summary>
    /// <param name="change">From the field of the world to another one.</param>
    /// <exception cref="BadInputException">Its space is not the world itself.</exception>
    public Teacher Changed(Func<IField, IField> change) => Lessons is not null
        ? throw new BadInputException($"teacher {Name}: only answers of it are kept, nothing can be moved or taken away any more") : Scene.Space is BoundedSpace
        ? this with { Field = change(Field), Renderer = null }
        : throw new BadInputException($"teacher {Name}: it lies in {(Scene.Space is NdcSpace ? "normalised device coordinates" : "a contracted space")}; only in a box parts can be moved or taken away");

    /// <summary>The same with changes made to it, in their order.</summary>
    public Teacher Edited(IEnumerable<DistillEdit> edits) => edits.Aggregate(this, (teacher, edit) => teacher.Changed(edit.Of));

    /// <summary>The box of the field, in the coordinates of its space.</summary>
    public Box Box => Scene.Space.Bounds;

    /// <summary>The same, learned in another box of the world.</summary>
    /// <param name="box">Where the student will be.</param>
    /// <returns>The teacher, and what share of its density lies outside, 0 to 1.</returns>
    /// <exception cref="BadInputException">The boxes have nothing in common, or the teacher's space is not the world itself.</exception>
    public (Teacher Teacher, double Outside) Into(Box box)
    {
        if (Scene.Space is not BoundedSpace space) throw new BadInputException($"--box: {Name} lies in {(Scene.Space is NdcSpace ? "normalised device coordinates" : "a contracted space")}, whose box follows from it; leave --box out");
        var (low, high) = (Vector3.Max(box.Min, Box.Min), Vector3.Min(box.Max, Box.Max));
        if (!(low.X < high.X && low.Y < high.Y && low.Z < high.Z)) throw new BadInputException($"the student's box {Text(box)} and the teacher's {Text(Box)} do not overlap; give one that holds what should be learned");
        var to = new Reach(box, space.World.Near, float.Max(space.World.Far, Scene.Train.Max(c => Vector3.Max(Vector3.Abs(box.Max - c.Camera.Pose.Position), Vector3.Abs(box.Min - c.Camera.Pose.Position)).Length())));
        return (this with { Field = box == Box ? Field : Field.Within(Box), Scene = Scene with { Space = new BoundedSpace(to) }, Renderer = box == Box ? Renderer : null }, OutsideOf(box));
    }

    double OutsideOf(Box box)
    {
        const int Points = 1 << 18;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var random = new Generator(1);
        var x = Box.Min.ToTensor(Device) + rand([Points, 3], generator: random).to(Device) * Box.Size.ToTensor(Device);
        var density = Field.Density(x);
        var inside = (x >= box.Min.ToTensor(Device)).logical_and(x <= box.Max.ToTensor(Device)).all(-1);
        double all = density.sum().ToDouble();
        return all > 0 ? 1 - (density * inside).sum().ToDouble() / all : 0;
    }

    static string Text(Box box) => FormattableString.Invariant($"({box.Min.X:0.###}, {box.Min.Y:0.###}, {box.Min.Z:0.###}) to ({box.Max.X:0.###}, {box.Max.Y:0.###}, {box.Max.Z:0.###})");
}
