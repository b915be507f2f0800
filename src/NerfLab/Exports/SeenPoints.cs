using System.Numerics;
using NerfLab.Recipes;

namespace NerfLab.Exports;

/// <summary>Where the rays of some cameras end: the surface as it is rendered, as points.</summary>
/// <param name="Positions">World units: at the expected depth of each ray.</param>
/// <param name="Colors">As rendered, 0 to 1.</param>
/// <param name="Densities">Of the field there, per world unit.</param>
public sealed record SeenPoints(Vector3[] Positions, Vector3[] Colors, float[] Densities)
{
    /// <summary>The cameras and how far each pixel sees, world units along its ray; infinite where it is not opaque.</summary>
    public required IReadOnlyList<(Camera Camera, float[] Reach)> Views { get; init; }

    /// <summary>Whether a point is behind what every camera sees that has it in its picture. Nothing is known of the field there.</summary>
    /// <param name="point">World units.</param>
    /// <param name="margin">So far behind at least.</param>
    /// <returns>False where no camera has the point in its picture.</returns>
    public bool IsHidden(Vector3 point, float margin)
    {
        bool behind = false;
        foreach (var (camera, reach) in Views)
        {
            if (camera.Project(point) is not { } at || !(at.X >= 0 && at.X < camera.Width && at.Y >= 0 && at.Y < camera.Height)) continue;
            if (Vector3.Distance(point, camera.Pose.Position) < reach[(int)at.Y * camera.Width + (int)at.X] + margin) return false;
            behind = true;
        }
        return behind;
    }

    /// <summary>Renders cameras and keeps the pixels that are opaque.</summary>
    /// <param name="run">The trained field.</param>
    /// <param name="cameras">The cameras.</param>
    /// <param name="opacity">The least opacity of a pixel that counts, 0 to 1.</param>
    /// <param name="bounds">Points outside are left out.</param>
    /// <param name="progress">Told how many cameras are done.</param>
    public static SeenPoints Of(Run run, IReadOnlyList<Camera> cameras, float opacity, Box bounds, Action<int>? progress = null)
    {
        var (positions, colors, views) = (new List<Vector3>(), new List<Vector3>(), new List<(Camera, float[])>());
        for (int v = 0; v < cameras.Count; v++)
        {
            using var scope = torch.NewDisposeScope();
            var camera = cameras[v];
            var image = run.Render(camera);
            float[] depth = Values(image.Depth), solid = Values(image.Opacity), color = Values(image.Color);
            views.Add((camera, [.. depth.Select((d, i) => solid[i] >= opacity ? d : float.PositiveInfinity)]));
            for (int i = 0; i < depth.Length; i++)
            {
                if (!(solid[i] >= opacity) || !float.IsFinite(depth[i])) continue;
                var point = camera.Pose.Position + depth[i] * camera.Direction(new Vector2(i % camera.Width + 0.5f, i / camera.Width + 0.5f));
                if (!bounds.Contains(point)) continue;
                positions.Add(point);
                // What is left of the background shines through.
                colors.Add(new Vector3(color.AsSpan(3 * i)));
            }
            progress?.Invoke(v + 1);
        }
        var all = positions.ToArray();
        return new SeenPoints(all, [.. colors], new FieldPoints(run.World, run.Device).Densities(all)) { Views = views };
    }

    /// <summary>
    /// The density that divides what is solid from what is not: half the median of the densities in which rays end. In the middle of the
    /// slope from empty to dense, where a ray has lost half of its light, a surface is as it looks; the half keeps its soft and thin parts.
    /// </summary>
    /// <exception cref="BadInputException">No ray ends anywhere.</exception>
    public float Threshold()
    {
        if (Densities.Length == 0) throw new BadInputException("no ray of the training views ends in something opaque, so that no threshold can be found; give --threshold");
        return Densities.Order().ElementAt(Densities.Length / 2) / 2;
    }

    /// <summary>
    /// The points as a cloud with normals and colours. Points in thin air (density below a tenth of the threshold: between a near and a far surface that one
    /// pixel shows) are left out, and those within one cell of a grid become their mean.
    /// </summary>
    /// <param name="field">For the normals.</param>
    /// <param name="cell">The side of a cell of the grid, world units.</param>
    /// <param name="threshold">From <see cref="Threshold"/>, or the user's.</param>
    /// <returns>A mesh without triangles.</returns>
    public Mesh Cloud(FieldPoints field, float cell, float threshold)
    {
        var cells = new Dictionary<(int, int, int), (Vector3 Position, Vector3 Color, int Count)>();
        for (int i = 0; i < Positions.Length; i++)
        {
            if (Densities[i] < threshold / 10) continue;
            var at = Positions[i] / cell;
            var key = ((int)MathF.Floor(at.X), (int)MathF.Floor(at.Y), (int)MathF.Floor(at.Z));
            var (position, color, count) = cells.GetValueOrDefault(key);
            cells[key] = (position + Positions[i], color + Colors[i], count + 1);
        }
        Vector3[] positions = [.. cells.Values.Select(c => c.Position / c.Count)];
        return new Mesh(positions, []) { Colors = [.. cells.Values.Select(c => c.Color / c.Count)], Normals = field.Normals(positions, cell / 2) };
    }

    static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
