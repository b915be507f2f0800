namespace NerfLab.Tests;

/// <summary>Real scenes and weights that are not part of the project: in $NERFLAB_DATA, else beside the repository.</summary>
internal static class RealData
{
    /// <summary>The path of a file or folder of the real data; the test is skipped when it is not there.</summary>
    public static string Path(string relative)
    {
        var folder = Environment.GetEnvironmentVariable("NERFLAB_DATA") ?? System.IO.Path.Combine(Root, "..", "shared", "data");
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, relative));
        Assert.SkipUnless(System.IO.Path.Exists(path), $"no real data at {relative}; set NERFLAB_DATA to its folder");
        return path;
    }

    /// <summary>The folder of the solution.</summary>
    public static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(System.IO.Path.Combine(folder, "NerfLab.sln"))) folder = System.IO.Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside the repository");
            return folder;
        }
    }
}
