using NerfLab.Data;

namespace NerfLab.Tests;

/// <summary>Whatever is wrong with a scene is said in one sentence that names the file and the key.</summary>
public class DataBadInputTests
{
    private static string Complaint(string path, SceneOptions? options = null)
    {
        var message = Assert.Throws<BadInputException>(() => SceneFile.Open(path, options)).Message;
        Assert.DoesNotContain("\n", message);
        return message;
    }

    private static string ComplaintAbout(string keys, params string[] frames)
    {
        using var folder = new DataFolder(keys, frames);
        var message = Complaint(folder.Path);
        Assert.Contains(folder.File, message);
        return message;
    }

    private static string ComplaintAboutMatrix(string matrix) => ComplaintAbout(""" "fl_x": 20, """, DataFolder.Frame("a"), DataFolder.Frame("b", matrix: matrix));

    [Fact]
    public void FoldersWithoutAScene()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no such folder", Complaint(folder["nowhere"]));
        Directory.CreateDirectory(folder["empty"]);
        var empty = Complaint(folder["empty"]);
        Assert.Contains("is empty", empty);
        Assert.Contains("transforms_train.json", empty);
        Directory.CreateDirectory(folder["photos/images"]);
        File.WriteAllText(folder["photos/images/a.JPG"], "");
        File.WriteAllText(folder["photos/images/b.png"], "");
        var photos = Complaint(folder["photos"]);
        Assert.Contains("2 photographs but no file with their camera poses", photos);
        Assert.Contains("transforms.json (instant-ngp or nerfstudio), poses_bounds.npy (LLFF)", photos);
        Assert.Contains($"nerflab pose {folder["photos"]} finds them with COLMAP", photos);
        File.WriteAllText(folder["empty/readme.txt"], "");
        Assert.Contains("not a scene", Complaint(folder["empty"]));
        Assert.Contains("not this file", Complaint(folder["empty/readme.txt"]));
    }

    [Theory]
    [InlineData("{\n\"fl_x\": 20,\n\"frames\": [\n", "line 4: broken JSON at frames")]
    [InlineData("{\n\"fl_x\": 20\n\"frames\": []\n}", "line 3: broken JSON")]
    [InlineData("", "broken JSON")]
    [InlineData("[1]", "line 1: the file is an array; an object is expected")]
    [InlineData("{}", "line 1: frames is missing")]
    [InlineData("{\"frames\": []}", "frames is empty")]
    [InlineData("{\"frames\": 3}", "frames is the number 3; an array is expected")]
    [InlineData("{\"a\": 1,\n\"a\": 2}", "line 2: a stands there a second time")]
    [InlineData("{} x", "broken JSON")]
    public void FilesThatAreNoListOfFrames(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["transforms.json"], text);
        var message = Complaint(folder["."]);
        Assert.Contains("transforms.json", message);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void AFrameWithoutMatrix()
    {
        // Lines 1 to 3 open the file; frames stand on lines 4, 5, ...
        var frames = Enumerable.Range(0, 4).Select(i => i == 3 ? """{ "file_path": "p3" }""" : DataFolder.Frame($"p{i}")).ToArray();
        var message = ComplaintAbout(""" "fl_x": 20, """, frames);
        Assert.Contains("line 7: frames[3].transform_matrix is missing", message);
        Assert.Contains("frames[0].file_path is missing", ComplaintAbout(""" "fl_x": 20, """, $$"""{ "transform_matrix": {{DataFolder.Identity}} }"""));
    }

    [Theory]
    [InlineData("[[1,0,0,NaN],[0,1,0,0],[0,0,1,0],[0,0,0,1]]", "line 5: frames[1].transform_matrix[0][3] is NaN; a finite number is expected")]
    [InlineData("[[1,0,0,0],[0,1,0,-Infinity],[0,0,1,0],[0,0,0,1]]", "frames[1].transform_matrix[1][3] is -Infinity; a finite number")]
    [InlineData("[[1,0,0,0],[0,1,0,Infinity],[0,0,1,0],[0,0,0,1]]", "frames[1].transform_matrix[1][3] is Infinity; a finite number")]
    [InlineData("[[1,0,0,\"NaN\"],[0,1,0,0],[0,0,1,0],[0,0,0,1]]", "frames[1].transform_matrix[0][3] is the text \"NaN\"; a number is expected")]
    [InlineData("[[1,0,0,1e300],[0,1,0,0],[0,0,1,0],[0,0,0,1]]", "frames[1].transform_matrix[0][3] is 1E+300")]
    [InlineData("[[1,0,0,0],[0,1,0,0]]", "frames[1].transform_matrix has 2 rows; 4 rows of 4 numbers are expected")]
    [InlineData("[[1,0,0],[0,1,0],[0,0,1],[0,0,0]]", "frames[1].transform_matrix[0] has 3 numbers; 4 are expected")]
    [InlineData("[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,1,1]]", "frames[1].transform_matrix has the last row 0, 0, 1, 1")]
    [InlineData("[[1,0.2,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]", "frames[1].transform_matrix is not rigid: its rotation part deviates from orthonormal by 0.2;")]
    [InlineData("[[1.5,0,0,0],[0,1.5,0,0],[0,0,1.5,0],[0,0,0,1]]", "frames[1].transform_matrix is scaled: its columns have length 1.5")]
    [InlineData("[[1,0,0,0],[0,1,0,0],[0,0,-1,0],[0,0,0,1]]", "frames[1].transform_matrix is left-handed")]
    [InlineData("[[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,1]]", "frames[1].transform_matrix is not rigid")]
    public void MatricesThatAreNoPoses(string matrix, string expected) => Assert.Contains(expected, ComplaintAboutMatrix(matrix));

    [Theory]
    [InlineData("\"fl_x\": 0,", "line 2: fl_x is 0, a focal length of 0 pixels")]
    [InlineData("\"fl_x\": -20,", "line 2: fl_x is -20")]
    [InlineData("\"fl_x\": 1e9,", "line 2: fl_x is 1000000000")]
    [InlineData("\"camera_angle_x\": 3.5,", "camera_angle_x is 3.5; an angle of view between 0 and 3.1416")]
    [InlineData("\"camera_angle_x\": 0,", "camera_angle_x is 0;")]
    [InlineData("\"x_fov\": 200,", "x_fov is 200; an angle of view between 0 and 180")]
    [InlineData("\"cx\": 5,", "fl_x is missing; a focal length")]
    [InlineData("\"fl_x\": 20, \"cx\": 900,", "cx is 900")]
    [InlineData("\"fl_x\": 20, \"w\": 0,", "w is 0; a whole number of pixels")]
    [InlineData("\"fl_x\": 20, \"w\": 64, \"h\": 40,", "the picture is 32x24, but")]
    [InlineData("\"fl_x\": 20, \"w\": 64, \"h\": 40,", "w and h say 64x40")]
    [InlineData("\"fl_x\": 20, \"aabb_scale\": -1,", "aabb_scale is -1")]
    [InlineData("\"fl_x\": 20, \"scale\": 0,", "scale is 0")]
    [InlineData("\"fl_x\": 20, \"offset\": [1, 2],", "offset is no point")]
    [InlineData("\"fl_x\": 20, \"is_fisheye\": true, \"p2\": 0.5,", "p2 is 0.5 although the camera model is OPENCV_FISHEYE")]
    [InlineData("\"fl_x\": 20, \"k1\": -2,", "k1 and its companions describe a lens that folds")]
    [InlineData("\"fl_x\": 20, \"bounds\": [[0, 0, 0], [1, 1]],", "bounds is no box")]
    [InlineData("\"fl_x\": 20, \"bounds\": [[0, 0, 0], [1, 1, 1]],", "near is missing")]
    public void IntrinsicsThatNoCameraHas(string keys, string expected) => Assert.Contains(expected, ComplaintAbout(keys));

    [Fact]
    public void PicturesOfTwoSizesUnderOneFocalLength()
    {
        using var folder = new DataFolder(""" "camera_angle_x": 0.7, """, "transforms_train.json", DataFolder.Frame("a"), DataFolder.Frame("b"));
        folder.Picture("b", 16, 12);
        var message = Complaint(folder.Path);
        Assert.Contains("b.png: the picture is 16x12, but a.png of the same scene is 32x24", message);
    }

    [Fact]
    public void NoPictureIsLeft()
    {
        using var folder = new DataFolder(""" "fl_x": 20, """);
        File.Delete(Path.Combine(folder.Path, "a.png"));
        Assert.Contains("transforms.json: no frame is left, none of the 1 listed pictures exists", Complaint(folder.Path));
        File.Move(folder.File, Path.Combine(folder.Path, "transforms_train.json"));
        Assert.Contains("transforms_train.json: no frame is left", Complaint(folder.Path));
    }

    [Fact]
    public void ThePictureIsNoPicture()
    {
        using var folder = new DataFolder(""" "fl_x": 20, """);
        File.WriteAllText(Path.Combine(folder.Path, "a.png"), "not a picture at all");
        Assert.Contains("a.png", Complaint(folder.Path));
    }

    [Fact]
    public void APictureThatChangesAfterOpeningIsNoticed()
    {
        using var folder = new DataFolder(""" "fl_x": 20, """);
        var view = SceneFile.Open(folder.Path).Train[0];
        folder.Picture("a", 10, 10);
        Assert.Contains("a.png: the picture is 10x10, but was 32x24", Assert.Throws<BadInputException>(view.Read).Message);
    }

    [Fact]
    public void TheSamePictureTwice() =>
        Assert.Contains("frames[1].file_path is \"a\" as in an earlier frame", ComplaintAbout(""" "fl_x": 20, """, DataFolder.Frame("a"), DataFolder.Frame("a")));

    [Fact]
    public void OptionsOutOfRange()
    {
        Assert.Contains("downscale 0.5", Complaint("embedded", new SceneOptions(Downscale: 0.5f)));
        Assert.Contains("downscale NaN", Complaint("embedded", new SceneOptions(Downscale: float.NaN)));
        Assert.Contains("test-every 1", Complaint("embedded", new SceneOptions(TestEvery: 1)));
    }

    [Fact]
    public void DamagedFilesEndInASentenceAndNothingElse()
    {
        // Bytes of a good file changed, cut out or doubled at random: it opens, or a BadInputException names the file.
        using var folder = new DataFolder(""" "w": 32, "h": 24, "fl_x": 20, "k1": 0.01, "aabb_scale": 2, "offset": [0.5, 0.5, 0.5], "test_filenames": ["b"], """, DataFolder.Frame("a"), DataFolder.Frame("b"), DataFolder.Frame("c"));
        var good = File.ReadAllBytes(folder.File);
        var random = new Random(3);
        var refused = 0;
        for (var round = 0; round < 400; round++)
        {
            var bytes = good.ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                if (random.Next(3) == 0) bytes.RemoveRange(at, int.Min(random.Next(1, 20), bytes.Count - at));
                else if (random.Next(2) == 0) bytes[at] = (byte)random.Next(256);
                else bytes.InsertRange(at, good[random.Next(good.Length / 2)..][..random.Next(20)]);
                if (bytes.Count == 0) break;
            }
            File.WriteAllBytes(folder.File, [.. bytes]);
            try
            {
                Assert.NotEmpty(SceneFile.Open(folder.Path).Train);
            }
            catch (BadInputException e)
            {
                Assert.Contains(folder.Path, e.Message);
                refused++;
            }
        }
        Assert.True(refused > 200, $"{refused} refused");
    }

    [Fact]
    public void TextThatIsNoUnicode()
    {
        using var folder = new DataFolder(""" "fl_x": 20, """);
        File.WriteAllBytes(folder.File, [.. "{\"frames\": [{\"file_path\": \""u8, 0xFF, 0xFE, .. "\"}]}"u8]);
        Assert.Contains("transforms.json", Complaint(folder.Path));
    }
}
