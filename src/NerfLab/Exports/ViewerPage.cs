using System.Net;
using System.Numerics;
using System.Text.Json;
using NerfLab.Data;
using NerfLab.Recipes;

namespace NerfLab.Exports;

/// <summary>A page that shows a baked field in a browser: one file, no server, WebGL 2. What it does stands in <c>viewer.html</c>.</summary>
public static class ViewerPage
{
    /// <summary>The page.</summary>
    /// <param name="scene">For its name and the first camera: that of the first test view, or of the first training view.</param>
    /// <param name="recipe">What the field is called.</param>
    /// <param name="background">Behind it, 0 to 1; the page can change it.</param>
    /// <param name="volume">The field.</param>
    public static string Html(SceneSummary scene, string recipe, Vector3 background, BakedVolume volume)
    {
        var camera = scene.Test.Concat(scene.Train).First().Camera;
        var cameras = scene.Train.Select(c => c.Camera).ToList();
        var reach = new Vector3(volume.Size.X, volume.Size.Y, volume.Size.Z) * (8 * volume.Cell);
        var focus = Vector3.Clamp(CameraPaths.Focus(cameras), volume.Low, volume.Low + reach);
        var up = -cameras.Select(c => c.Pose.Down).Aggregate(Vector3.Zero, (a, b) => a + b);
        var facts = new
        {
            name = scene.Name, recipe, resolution = volume.Resolution, size = new[] { volume.Size.X, volume.Size.Y, volume.Size.Z }, bricks = volume.Bricks,
            low = Array(volume.Low), cell = volume.Cell, background = new[] { background.X, background.Y, background.Z }.Select(v => (int)(v * 255 + 0.5f)), focus = Array(focus), up = Array(up.LengthSquared() > 1e-6f ? Vector3.Normalize(up) : Vector3.UnitZ),
            camera = new { right = Array(camera.Pose.Right), down = Array(camera.Pose.Down), forward = Array(camera.Pose.Forward), eye = Array(camera.Pose.Position),
                tangents = new[] { camera.Cx / camera.Fx, (camera.Width - camera.Cx) / camera.Fx, camera.Cy / camera.Fy, (camera.Height - camera.Cy) / camera.Fy } },
        };
        using var stream = typeof(ViewerPage).Assembly.GetManifestResourceStream("NerfLab.Exports.viewer.html") ?? throw new InvalidOperationException("viewer.html is not in the assembly");
        var index = new byte[4 * volume.Index.Length];
        Buffer.BlockCopy(volume.Index, 0, index, 0, index.Length);
        var parts = new Dictionary<string, string>
        {
            ["title"] = WebUtility.HtmlEncode(scene.Name),
            // In a script < could end it.
            ["facts"] = JsonSerializer.Serialize(facts).Replace("<", "\\u003c"),
            ["index"] = Convert.ToBase64String(index), ["base"] = Convert.ToBase64String(volume.Base), ["lobe"] = Convert.ToBase64String(volume.Lobe),
        };
        var page = new System.Text.StringBuilder(new StreamReader(stream).ReadToEnd());
        foreach (var (name, text) in parts) page.Replace("{{" + name + "}}", text);
        return page.ToString();

        static float[] Array(Vector3 v) => [v.X, v.Y, v.Z];
    }
}
