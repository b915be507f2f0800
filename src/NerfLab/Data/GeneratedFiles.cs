using System.Numerics;
using NerfLab.Procedural;

namespace NerfLab.Data;

/// <summary>Writes generated scenes: a folder is either whole or absent.</summary>
public static class GeneratedFiles
{
    /// <summary>Renders a scene into a new folder.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="folder">The folder to make; it must not exist or be empty.</param>
    /// <param name="format">Writes a scene into a folder, such as <see cref="BlenderScene.Write"/>.</param>
    /// <param name="depth">Also write <c>depth/SPLIT/NAME.npy</c>: float32 [H,W], the distance along rays of unit direction, infinite where there is nothing.</param>
    /// <param name="normals">Also write <c>normals/SPLIT/NAME.png</c>: RGB, (n + 1) / 2 of world normals on the camera's side, grey where there is nothing.</param>
    /// <param name="masks">Also write <c>masks/SPLIT/NAME.png</c>: the number of the object in every pixel, 0 where there is nothing.</param>
    /// <param name="rendered">Told after each picture; may throw to end the work, and then nothing is left.</param>
    /// <exception cref="BadInputException">The folder cannot be written.</exception>
    public static void Write(GeneratedScene scene, string folder, Action<Scene, string> format, bool depth = false, bool normals = false, bool masks = false, Action? rendered = null)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var temporary = $"{target}.{Environment.ProcessId}.tmp";
        try
        {
            var opened = scene.Open(rendered: rendered);
            format(opened, temporary);
            foreach (var view in opened.Views)
            {
                var camera = view.Camera;
                if (depth) new NpyFile([camera.Height, camera.Width], Array.ConvertAll(view.ReadDepth(), d => (double)d)).Write(Path.Combine(temporary, "depth", $"{view.Name}.npy"), single: true);
                if (normals) PictureFile.Write(Path.Combine(temporary, "normals", $"{view.Name}.png"), new Bitmap(camera.Width, camera.Height, 3, 8, [.. scene.Tracer.Normals(camera).SelectMany(Encoded)]));
                if (masks) PictureFile.Write(Path.Combine(temporary, "masks", $"{view.Name}.png"), new Bitmap(camera.Width, camera.Height, 1, 8, scene.Tracer.Objects(camera)));
            }
            if (Directory.Exists(target)) Directory.Delete(target); // an empty one
            Directory.Move(temporary, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{folder}: cannot be written ({e.Message.TrimEnd('.')}); free some space or choose another folder", e);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }

        static byte[] Encoded(Vector3 n)
        {
            n = (n + Vector3.One) * 127.5f;
            return [(byte)MathF.Round(n.X), (byte)MathF.Round(n.Y), (byte)MathF.Round(n.Z)];
        }
    }
}
