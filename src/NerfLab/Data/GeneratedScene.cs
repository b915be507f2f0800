using NerfLab.Procedural;

namespace NerfLab.Data;

/// <summary>A scene that is computed and not photographed: what rays meet, and the cameras that look at it.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Tracer">Takes the pictures.</param>
/// <param name="Cameras">Where from.</param>
public sealed record GeneratedScene(string Name, Tracer Tracer, CameraSpec Cameras)
{
    /// <summary>The box that matters; by default it holds everything with a hundredth to spare.</summary>
    public Box? Bounds { get; init; }

    /// <summary>What the user should know, one line each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The scene; a picture is rendered when it is read. Pictures are RGBA before a transparent background.</summary>
    /// <param name="downscale">Pictures are this many times smaller in each direction.</param>
    /// <param name="rendered">Told after each picture; may be called from any thread, and may throw to end the work.</param>
    public Scene Open(float downscale = 1, Action? rendered = null)
    {
        var views = new Dictionary<string, List<View>> { ["train"] = [], ["val"] = [], ["test"] = [] };
        foreach (var (split, camera) in Cameras.Cameras(downscale))
            views[split].Add(new View($"{split}/{views[split].Count:000}", camera, () => Picture(camera), () => Tracer.Depth(camera), hasAlpha: true));
        var all = views.Values.SelectMany(v => v).ToList();
        var bounds = Bounds ?? Grown(Tracer.Bounds);
        var nearest = all.Min(v => (v.Camera.Pose.Position - System.Numerics.Vector3.Clamp(v.Camera.Pose.Position, bounds.Min, bounds.Max)).Length());
        return new Scene
        {
            Name = Name,
            Bounds = bounds,
            // From within the box there is no nearest surface that is known.
            Near = MathF.Max(nearest, 0.02f * bounds.Diagonal),
            Far = Extent.FarthestCorner(bounds, all),
            Train = views["train"],
            Val = views["val"],
            Test = views["test"],
            Remarks = Remarks,
        };

        Bitmap Picture(Camera camera)
        {
            var picture = Tracer.Render(camera);
            rendered?.Invoke();
            return picture;
        }

        static Box Grown(Box box)
        {
            var margin = new System.Numerics.Vector3(0.01f * box.Diagonal);
            return new Box(box.Min - margin, box.Max + margin);
        }
    }
}
