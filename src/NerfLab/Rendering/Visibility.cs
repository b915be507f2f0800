using System.Numerics;
using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>What cameras see of a field, voxel by voxel: the measure by which a field loses voxels or a part of its box.</summary>
public static class Visibility
{
    const int PointsAtOnce = 1 << 18, RaysAtOnce = 4096;

    /// <summary>The largest weight w = T α with which each voxel takes part in any pixel of any camera.</summary>
    /// <remarks>
    /// Plenoxels, section 3.3. A sample's weight counts for all eight voxels around it. Pictures are made smaller first, to no more
    /// pixels than there are voxels along their longer sides, which is enough for neighbouring rays to meet the same voxels.
    /// </remarks>
    /// <param name="field">Asked for densities only.</param>
    /// <param name="layout">The voxels.</param>
    /// <param name="coordinates">From points as the field is asked for them, [N,3], to the voxels' grid, 0 to 1 along each side.</param>
    /// <param name="cameras">Seen from here.</param>
    /// <param name="renderer">Where samples lie, and how they are composited.</param>
    /// <param name="device">Where the field is.</param>
    /// <returns>[X,Y,Z], 0 to 1, on the CPU.</returns>
    public static Tensor LargestWeights(IField field, VoxelLayout layout, Func<Tensor, Tensor> coordinates, IEnumerable<Camera> cameras, Renderer renderer, torch.Device device)
    {
        using var noGradient = torch.no_grad();
        var largest = new float[layout.Count];
        int side = int.Max(layout.X, int.Max(layout.Y, layout.Z));
        foreach (var camera in cameras)
        {
            using var scope = torch.NewDisposeScope();
            float smaller = float.Min(1, (float)side / int.Max(camera.Width, camera.Height));
            var rays = Cameras.Rays(camera.Resized(int.Max(1, (int)(camera.Width * smaller)), int.Max(1, (int)(camera.Height * smaller))), device);
            for (long begin = 0; begin < rays.Count; begin += RaysAtOnce)
            {
                using var piece = torch.NewDisposeScope();
                var rendered = renderer.Render(field, rays.Slice(begin, long.Min(RaysAtOnce, rays.Count - begin)), torch.zeros(3, device: device));
                var weights = rendered.Weights.cpu().data<float>().ToArray();
                var places = coordinates(rendered.Samples.Positions).cpu().data<float>().ToArray();
                for (int i = 0; i < weights.Length; i++)
                    if (weights[i] > 0) Raise(largest, layout, new Vector3(places.AsSpan(3 * i, 3)), weights[i]);
            }
        }
        return torch.tensor(largest, [layout.X, layout.Y, layout.Z]);
    }

    static void Raise(float[] largest, VoxelLayout layout, Vector3 u, float weight)
    {
        var (x, y, z) = (Lower(u.X, layout.X, layout.Corners), Lower(u.Y, layout.Y, layout.Corners), Lower(u.Z, layout.Z, layout.Corners));
        for (int corner = 0; corner < 8; corner++)
        {
            ref float voxel = ref largest[((x + (corner >> 2)) * (long)layout.Y + y + ((corner >> 1) & 1)) * layout.Z + z + (corner & 1)];
            voxel = float.Max(voxel, weight);
        }

        static int Lower(float u, int count, bool corners) => int.Clamp((int)(corners ? u * (count - 1) : u * count - 0.5f), 0, count - 2);
    }

    /// <summary>The smallest box around all nodes where something absorbs light, and their neighbours.</summary>
    /// <remarks>TensoRF, section 4.3, the alpha mask: α = 1 - exp(-σ δ) at the nodes, a maximum over 3³ of them, a threshold.</remarks>
    /// <param name="field">Asked for densities only.</param>
    /// <param name="nodes">The nodes, the outer ones on the walls of the box.</param>
    /// <param name="bounds">The box.</param>
    /// <param name="alpha">What light a node absorbs at least over half the distance of two nodes, 0 to 1.</param>
    /// <param name="device">Where the field is.</param>
    /// <returns>Null where no node absorbs so much.</returns>
    public static Box? Occupied(IField field, VoxelLayout nodes, Box bounds, double alpha, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var intervals = new Vector3(nodes.X - 1, nodes.Y - 1, nodes.Z - 1);
        var spacing = bounds.Size / intervals;
        double step = (spacing.X + spacing.Y + spacing.Z) / 3 / 2;
        var (low, size) = (bounds.Min.ToTensor(device), bounds.Size.ToTensor(device));
        var found = torch.zeros(nodes.Count, torch.@bool);
        for (long begin = 0; begin < nodes.Count; begin += PointsAtOnce)
        {
            using var piece = torch.NewDisposeScope();
            var node = torch.arange(begin, long.Min(begin + PointsAtOnce, nodes.Count), torch.int64, device);
            var density = field.Density(low + VoxelGrid.Places(node, nodes, torch.float32) * size);
            found.narrow(0, begin, node.shape[0]).copy_(VolumeRendering.Alpha(density * step) >= alpha);
        }
        var places = VoxelGrid.Dilate(found.view(nodes.X, nodes.Y, nodes.Z)).nonzero(); // [M,3]
        if (places.shape[0] == 0) return null;
        return new Box(At(places.amin([0])), At(places.amax([0])));

        Vector3 At(Tensor place) => bounds.Min + new Vector3(place.to(torch.float32).data<float>().ToArray()) / intervals * bounds.Size;
    }
}
