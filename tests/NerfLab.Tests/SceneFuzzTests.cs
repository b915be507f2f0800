using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Recipes;
using TorchSharp;

namespace NerfLab.Tests;

/// <summary>Damaged text and JSON files end as a scene, a recipe or a run, or as one sentence; never another exception, and never memory out of proportion.</summary>
public class SceneFuzzTests
{
    const int Cases = 300;

    static readonly string[] Nasty = ["-1", "0", "1e999", "1e38", "-1e38", "4294967296", "1e-30", "0.5", "NaN", "null", "true", "\"x\"", "[]", "{}", "", "99999999999999999999"];

    /// <summary>A few bytes changed, a piece cut, removed or doubled, or a number replaced by one that is hard to take.</summary>
    static byte[] Mutate(byte[] file, Random random)
    {
        int Position() => random.Next(file.Length);
        switch (random.Next(6))
        {
            case 0:
                return file[..Position()];
            case 1:
                int start = Position(), end = int.Min(file.Length, start + 1 + random.Next(40));
                return [.. file[..start], .. file[end..]];
            case 2:
                start = Position();
                end = int.Min(file.Length, start + 1 + random.Next(40));
                return [.. file[..end], .. file[start..]];
            case 3:
                var bytes = (byte[])file.Clone();
                for (int n = 1 + random.Next(6); n > 0; n--) bytes[Position()] = (byte)random.Next(256);
                return bytes;
            default:
                start = Position();
                while (start < file.Length && !char.IsAsciiDigit((char)file[start])) start++;
                end = start;
                while (end < file.Length && ((char)file[end] is '.' or 'e' or '-' || char.IsAsciiDigit((char)file[end]))) end++;
                return [.. file[..start], .. Encoding.ASCII.GetBytes(Nasty[random.Next(Nasty.Length)]), .. file[end..]];
        }
    }

    /// <param name="good">The whole file.</param>
    /// <param name="read">Reads what is given, and says how much it found.</param>
    /// <param name="place">What a complaint must name.</param>
    /// <param name="leastRefused">The share of cases that have to be refused: changed digits often do no harm.</param>
    static void Damage(byte[] good, Func<byte[], int> read, string place, double leastRefused = 0.2, int cases = Cases)
    {
        Assert.True(read(good) > 0);
        var refused = 0;
        for (var seed = 0; seed < cases; seed++)
        {
            var broken = Mutate(good, new Random(seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(broken);
            }
            catch (BadInputException e)
            {
                Assert.True(e.Message.Contains(place), $"seed {seed}: {e.Message}");
                Assert.False(e.Message.Contains('\n'), $"seed {seed}: {e.Message}");
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
            var used = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(used < 100 * broken.Length + 2_000_000, $"seed {seed}: {used} bytes for a file of {broken.Length}");
        }
        Assert.True(refused > leastRefused * cases, $"only {refused} of {cases} were refused");
    }

    static void DamageScene(TemporaryFolder folder, string file, double leastRefused = 0.2, int cases = Cases) => Damage(File.ReadAllBytes(folder[file]), bytes =>
    {
        File.WriteAllBytes(folder[file], bytes);
        return SceneFile.Open(folder.Path).Views.Count();
    }, folder.Path, leastRefused, cases);

    /// <summary>The first frames of a real file, with pictures of the same proportions.</summary>
    static void Transforms(TemporaryFolder folder, string scene, string file, int width, int height, Action<JsonObject>? change = null)
    {
        var json = JsonNode.Parse(File.ReadAllText(RealData.Path($"scenes/{scene}/{file}")))!.AsObject();
        var frames = json["frames"]!.AsArray();
        while (frames.Count > 5) frames.RemoveAt(5);
        change?.Invoke(json);
        foreach (var frame in frames) ImageFile.Write(folder[Path.ChangeExtension((string)frame!["file_path"]!, "png")], new Bitmap(width, height, 3));
        File.WriteAllText(folder[file], json.ToJsonString().Replace(".jpg", ""));
    }

    [Fact]
    public void InstantNgp()
    {
        using var folder = new TemporaryFolder();
        Transforms(folder, "fox", "transforms.json", 9, 16);
        DamageScene(folder, "transforms.json");
    }

    [Fact]
    public void Nerfstudio()
    {
        using var folder = new TemporaryFolder();
        Transforms(folder, "fox", "transforms.json", 9, 16, json =>
        {
            json.Remove("aabb_scale");
            json["camera_model"] = "OPENCV";
            json["applied_transform"] = JsonNode.Parse("[[1,0,0,0],[0,0,1,0],[0,-1,0,0]]");
            json["test_filenames"] = new JsonArray((string)json["frames"]![0]!["file_path"]!);
        });
        Assert.True(NerfstudioScene.Wrote(JsonItem.Load(folder["transforms.json"])));
        DamageScene(folder, "transforms.json");
    }

    [Fact]
    public void Blender()
    {
        using var folder = new TemporaryFolder();
        Transforms(folder, "lego_400", "transforms_train.json", 8, 8);
        DamageScene(folder, "transforms_train.json");
    }

    static Scene Made() => new()
    {
        Name = "made", Bounds = Box.Cube(1), Near = 0.1f, Far = 5,
        Points = [.. Enumerable.Range(0, 20).Select(i => new ScenePoint(new(i % 3 - 1, i % 5 / 5f, i / 20f), (byte)i, 2, 3))],
        Train = [.. Enumerable.Range(0, 4).Select(i => new View($"v{i}", new Camera(8, 6, 9, 9, 4, 3, Pose.LookAt(new Vector3(3, i, 1), Vector3.Zero, Vector3.UnitZ)), () => new Bitmap(8, 6, 3)))],
    };

    [Theory]
    [InlineData("cameras.txt")]
    [InlineData("images.txt")]
    [InlineData("points3D.txt")]
    public void ColmapAsText(string file)
    {
        using var folder = new TemporaryFolder();
        ColmapScene.Write(Made(), folder.Path);
        DamageScene(folder, $"sparse/0/{file}");
    }

    [Theory]
    [InlineData("intrinsics.txt", 0.2)]
    [InlineData("pose/000001.txt", 0.2)]
    [InlineData("bbox.txt", 0.1)]
    [InlineData("near_far.txt", 0.1)]
    public void ShapeNetSrn(string file, double leastRefused)
    {
        using var folder = new TemporaryFolder();
        ShapeNetSrnScene.Write(Made(), folder.Path);
        DamageScene(folder, file, leastRefused);
    }

    [Fact]
    public void Eg3d()
    {
        using var folder = new TemporaryFolder();
        Eg3dScene.Write(Made(), folder.Path);
        DamageScene(folder, "dataset.json");
    }

    [Fact]
    public void JsonTakesMemoryInProportionToItsSizeAndSaysWhereItBreaks()
    {
        // The densest file: two bytes a value. 12 bytes a token, and the list grows by doubling.
        var bytes = Encoding.ASCII.GetBytes("[" + string.Join(",", Enumerable.Repeat("1", 200_000)) + "]");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var item = JsonItem.Parse("dense", bytes);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 20L * bytes.Length);
        Assert.Equal(200_000, item.Items.Count);
        Assert.Equal("[199999]", item.Items[^1].Key);

        string Broken(string text) => Assert.Throws<BadInputException>(() => JsonItem.Parse("f", Encoding.UTF8.GetBytes(text))).Message;
        Assert.StartsWith("f line 1: a[1].b is NaN", Broken("{\"a\": [1, {\"c\": [2], \"b\": NaN}]}"));
        Assert.StartsWith("f line 2: a[2] is -Infinity", Broken("{\"a\": [1, [],\n-Infinity]}"));
        Assert.StartsWith("f line 1: broken JSON at a[1] (", Broken("{\"a\": [1, {\"c\": [2], 3}]}"));
        Assert.StartsWith("f line 1: broken JSON (", Broken("[1] 2"));
        Assert.StartsWith("f line 2: a.b stands there a second time", Broken("{\"a\": {\"b\": [1, {}],\n\"b\": 2}}"));
        Assert.StartsWith("f line 1: broken JSON", Broken(new string('[', 1000)));
        var deep = JsonItem.Parse("f", Encoding.UTF8.GetBytes("{\"x\": {}, \"a\": [[], [{\"y\": \"\\u00e9\"}]]}"));
        Assert.Equal("a[1][0].y", deep.Get("a", "").Items[1].Items[0].Get("y", "").Key);
        Assert.Equal("é", deep.Get("a", "").Items[1].Items[0].Get("y", "").Text);
    }

    [Fact]
    public void Recipes()
    {
        foreach (var field in (string[])["hash", "mlp", "tensorf-vm"])
            Damage(Encoding.UTF8.GetBytes(RecipeJson.Write(Presets.Find(field, "small"))), bytes => RecipeJson.Read(Encoding.UTF8.GetString(bytes), "recipe.json").Steps + 1, "recipe", 0.15);
    }

    [Fact]
    public void TheSceneOfARun()
    {
        using var folder = new TemporaryFolder();
        SceneSummary.Of(Made(), new SpaceSpec(SpaceKind.Bounded)).Write(folder["scene.json"]);
        Damage(File.ReadAllBytes(folder["scene.json"]), bytes =>
        {
            File.WriteAllBytes(folder["scene.json"], bytes);
            var summary = SceneSummary.Read(folder["scene.json"]);
            // What was accepted can be rendered.
            foreach (var (_, camera) in summary.Train.Concat(summary.Val).Concat(summary.Test)) Assert.True(camera.Width > 0 && float.IsFinite(camera.Direction(new(camera.Cx, camera.Cy)).X));
            return summary.Train.Count;
        }, folder.Path);
    }

    [Fact]
    public void TheLogOfARun()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["metrics.jsonl"], Enumerable.Range(0, 4).Select(i => $$"""{"step":{{i}},"seconds":0.5,"loss":1,"psnr":"NaN","rays":3,"samples":4,"learningRate":0.01,"terms":{"rgb":0.5} }"""));
        Damage(File.ReadAllBytes(folder["metrics.jsonl"]), bytes =>
        {
            File.WriteAllBytes(folder["metrics.jsonl"], bytes);
            return MetricsLog.Read(folder["metrics.jsonl"]).Count; // whole lines only: never refused
        }, folder.Path, leastRefused: -1);
    }

    [Fact]
    public void Checkpoints()
    {
        using var folder = new TemporaryFolder();
        var recipe = CliProgram.Tiny.Skip(2).Where((_, i) => i % 2 == 1).Aggregate(Presets.Find("hash", "small"), RecipeJson.Set);
        var scene = SceneFile.Open("embedded", new SceneOptions(16));
        using (var run = Run.Start(recipe, scene with { Train = [scene.Train[0]] }, torch.CPU))
        {
            run.Steps(1).Count();
            run.Save(folder.Path);
        }
        var file = folder["checkpoint.safetensors"];
        var good = File.ReadAllBytes(file);
        // The header says what is where; behind it there are only numbers, all of which are good.
        var header = 8 + (int)BitConverter.ToInt64(good);
        Damage(good[..header], bytes =>
        {
            File.WriteAllBytes(file, [.. bytes, .. good[header..]]);
            using var run = Run.Open(folder.Path, torch.CPU);
            return run.Training.Done;
        }, folder.Path, 0.5, cases: 150);
    }
}
