using System.Numerics;
using NerfLab.Plotting;
using NerfLab.Rendering;

namespace NerfLab.Exports;

/// <summary>Normals as colours, in the axes of the camera: red to the right, green upwards, blue towards the viewer; (n + 1) / 2. Where nothing was hit there is grey.</summary>
public static class NormalPicture
{
    /// <summary>Makes the picture from the gradient of density where rays end, over the width of a pixel there.</summary>
    /// <param name="field">Asked at world points.</param>
    /// <param name="camera">The camera.</param>
    /// <param name="image">What it saw.</param>
    public static Bitmap Of(FieldPoints field, Camera camera, RenderedImage image)
    {
        float[] depth = image.Depth.contiguous().data<float>().ToArray(), opacity = image.Opacity.contiguous().data<float>().ToArray();
        var (pixels, points, steps) = (new List<int>(), new List<Vector3>(), new List<float>());
        for (int i = 0; i < depth.Length; i++)
        {
            if (!(opacity[i] >= 0.5f) || !float.IsFinite(depth[i])) continue;
            pixels.Add(i);
            points.Add(camera.Pose.Position + depth[i] * camera.Direction(new Vector2(i % camera.Width + 0.5f, i / camera.Width + 0.5f)));
            steps.Add(float.Max(depth[i] / camera.Fx, 1e-6f));
        }
        var normals = field.Normals(points.ToArray(), steps.ToArray());
        var bitmap = new Bitmap(camera.Width, camera.Height, 3);
        Array.Fill(bitmap.Samples, (byte)128);
        for (int k = 0; k < normals.Length; k++)
        {
            var n = normals[k];
            var seen = new Vector3(Vector3.Dot(n, camera.Pose.Right), -Vector3.Dot(n, camera.Pose.Down), -Vector3.Dot(n, camera.Pose.Forward));
            NormalView.Paint(bitmap, pixels[k], seen);
        }
        return bitmap;
    }
}
