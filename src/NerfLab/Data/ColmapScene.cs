using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>A scene whose poses were found by COLMAP: a sparse model, binary or text, beside its photographs.</summary>
/// <remarks>
/// <para>The model is looked for in <c>sparse/0</c>, in <c>sparse</c> and in the folder itself; the photographs in <c>images</c>, or a folder of smaller ones
/// (<c>images_4</c>), beside or above it. Pictures belong to poses by their names, without extension; where no name fits and the
/// numbers agree, by the order of the names, as in LLFF's data.</para>
/// <para>World units and axes are the model's. All camera models but RAD_TAN_THIN_PRISM_FISHEYE are read exactly: SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL,
/// OPENCV, FULL_OPENCV, OPENCV_FISHEYE, SIMPLE_RADIAL_FISHEYE, RADIAL_FISHEYE, THIN_PRISM_FISHEYE, FOV.</para>
/// <para>Masks may lie in a folder <c>masks</c> beside the photographs' folder, under the whole name of the photograph with <c>.png</c> after it, as COLMAP has it: black
/// pixels are excluded.</para>
/// <para>Extent, from the points: the box leaves out half a per cent of them on either side of each axis and grows by a tenth on every side; near
/// and far leave out 1 sighting of 1000, with a margin of a fifth. Without points it is guessed from the cameras, see <see cref="NerfstudioScene"/>.</para>
/// <para>Every eighth view in the order of the names is held out as test (<see cref="SceneOptions.TestEvery"/>).</para>
/// </remarks>
public static class ColmapScene
{
    /// <summary>The folder of the model below or at a folder; null where there is none.</summary>
    internal static string? FindModel(string folder) =>
        new[] { folder, Path.Combine(folder, "sparse", "0"), Path.Combine(folder, "sparse") }.FirstOrDefault(ColmapModel.IsIn);

    /// <summary>Reads a scene.</summary>
    /// <param name="folder">The folder of the photographs' folder, or the model's.</param>
    /// <param name="options">How to read it; the downscale factor counts from the photographs that COLMAP saw.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public static Scene Read(string folder, SceneOptions options)
    {
        options.Check();
        var place = FindModel(folder) ?? throw new BadInputException($"{folder}: no COLMAP model; cameras.bin or cameras.txt is looked for in it, in sparse/0 and in sparse");
        var model = ColmapModel.Read(place);
        if (model.Images.Count == 0) throw new BadInputException($"{place}: the model has no images");
        var full = Path.GetFullPath(place);
        var roots = new[] { full, Path.Combine(full, ".."), Path.Combine(full, "..", "..") }.Select(Path.GetFullPath).ToList();
        var (root, source) = roots.Select(r => (Root: r, Source: PictureFolder.Choose(r, options.Downscale))).FirstOrDefault(r => r.Source is not null);
        if (source is not { } pictures) throw new BadInputException($"{place}: no folder images (or images_2, images_4, images_8) with the photographs is beside or above the model");

        var remarks = pictures.Remarks(options.Downscale).ToList();
        var files = Files(model, pictures, remarks);
        var views = new List<View>();
        foreach (var image in model.Images)
        {
            if (!model.Cameras.TryGetValue(image.Camera, out var lens)) throw new BadInputException($"{image.Place}: camera {image.Camera} does not exist; {model.Cameras.Count} cameras are there");
            var camera = lens.At(image.Pose);
            if (files.GetValueOrDefault(image.Name) is { } file) views.Add(pictures.View(file, camera, options.Downscale, Mask(root, image.Name)));
        }
        if (views.Count == 0) throw new BadInputException($"{pictures.Path}: none of the {model.Images.Count} pictures of the model is here, such as {Path.GetFileName(model.Images[0].Name)}");
        if (views.GroupBy(v => v.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new BadInputException($"{place}: {twice.Count()} images of the model mean the picture {twice.Key}; every picture can have one pose only");

        remarks.AddRange(SceneFile.RemarkMasked(views));
        var skipped = model.Images.Count - views.Count;
        if (skipped > 0) remarks.Add(Invariant($"{skipped} of {model.Images.Count} pictures of the model do not exist and were left out"));
        if (Path.GetFileName(full) == "0" && Directory.EnumerateDirectories(Path.GetDirectoryName(full)!).Count(ColmapModel.IsIn) is > 1 and var models)
            remarks.Add($"there are {models} models; {place} was read, the others can be opened by their folders");
        var extent = Extent.OfPoints(model.Points, views);
        var scene = Splits.Scene(SceneFile.FolderName(root), folder, views, options, _ => extent ?? Extent.OfCameras(views), remarks) with { Skipped = skipped, Points = model.Points };
        return extent is not null ? scene : scene with { Remarks = [.. scene.Remarks, "the model has too few points: bounds, near and far are guessed from the cameras"] };
    }

    /// <summary>Writes a scene: the model as text below <c>sparse/0</c>, every picture as PNG below <c>images</c>, and masks below <c>masks</c>.</summary>
    /// <remarks>
    /// The model has no splits, bounds, near or far: whoever reads it holds out every eighth picture, and the extent comes from the
    /// points, where the scene has some.
    /// </remarks>
    /// <param name="scene">The scene; all lenses that a file can give have a camera model.</param>
    /// <param name="folder">Where to; made when missing.</param>
    /// <exception cref="BadInputException">The folder cannot be written.</exception>
    public static void Write(Scene scene, string folder)
    {
        var views = scene.Views.OrderBy(v => v.Name, StringComparer.Ordinal).ToList();
        var nameOf = FrameList.FileNames(views);
        var images = views.ConvertAll(v => ($"{nameOf(v)}.png", v.Camera));
        for (var i = 0; i < views.Count; i++)
        {
            PictureFile.Write(Path.Combine(folder, "images", images[i].Item1), views[i].Read());
            if (views[i].ReadMask() is { } mask) PictureFile.WriteMask(Path.Combine(folder, "masks", $"{images[i].Item1}.png"), mask, views[i].Camera.Width, views[i].Camera.Height);
        }
        ColmapText.Write(Path.Combine(folder, "sparse", "0"), images, scene.Points);
    }

    private static string? Mask(string root, string name) => Path.Combine(root, "masks", $"{name}.png") is var file && File.Exists(file) ? file : null;

    // The file of each of the model's names, as far as they exist.
    private static Dictionary<string, string> Files(ColmapModel model, PictureFolder pictures, List<string> remarks)
    {
        var all = pictures.Pictures();
        var found = new Dictionary<string, string>();
        var byName = all.GroupBy(f => SceneFile.NameOf(Path.GetRelativePath(pictures.Path, f))).ToDictionary(g => g.Key, g => g.First());
        foreach (var name in model.Images.Select(i => i.Name))
            if (byName.GetValueOrDefault(SceneFile.NameOf(name)) is { } file) found[name] = file;
        var names = model.Images.Select(i => i.Name).Distinct().Order(StringComparer.Ordinal).ToList();
        if (found.Count > 0 || names.Count != all.Count) return found;
        remarks.Add($"no picture has a name of the model's: {Path.GetFileName(names[0])} is taken to be {Path.GetFileName(all[0])}, and so on in the order of the names");
        return names.Zip(all).ToDictionary(p => p.First, p => p.Second);
    }
}
