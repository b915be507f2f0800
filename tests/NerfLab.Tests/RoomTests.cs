using System.Text.RegularExpressions;

namespace NerfLab.Tests;

/// <summary>The rooms of the library: a file sees only rooms above its own.</summary>
public partial class RoomTests
{
    // From the top down: each may use those before it.
    static readonly string[] Order = ["NerfLab", "NerfLab.Math", "NerfLab.Kernels", "NerfLab.Fields", "NerfLab.Rendering", "NerfLab.Imaging", "NerfLab.Weights", "NerfLab.Geometry", "NerfLab.Procedural", "NerfLab.Data", "NerfLab.Metrics", "NerfLab.Losses", "NerfLab.Stylization", "NerfLab.Tasks", "NerfLab.Training", "NerfLab.Plotting", "NerfLab.Recipes", "NerfLab.Exports"];

    // Within the order some rooms must still not know each other.
    static readonly (string Room, string Unknown)[] Strangers =
    [
        ("NerfLab.Imaging", "NerfLab.Fields"), ("NerfLab.Imaging", "NerfLab.Rendering"), ("NerfLab.Procedural", "NerfLab.Fields"), ("NerfLab.Procedural", "NerfLab.Rendering"), ("NerfLab.Procedural", "NerfLab.Kernels"), ("NerfLab.Procedural", "NerfLab.Weights"), ("NerfLab.Data", "NerfLab.Fields"), ("NerfLab.Data", "NerfLab.Rendering"), ("NerfLab.Data", "NerfLab.Kernels"),
        ("NerfLab.Weights", "NerfLab.Fields"), ("NerfLab.Geometry", "NerfLab.Fields"), ("NerfLab.Geometry", "NerfLab.Rendering"), ("NerfLab.Geometry", "NerfLab.Weights"), ("NerfLab.Metrics", "NerfLab.Fields"), ("NerfLab.Metrics", "NerfLab.Rendering"), ("NerfLab.Stylization", "NerfLab.Fields"), ("NerfLab.Stylization", "NerfLab.Rendering"), ("NerfLab.Plotting", "NerfLab.Training"), ("NerfLab.Plotting", "NerfLab.Tasks"),
    ];

    [Fact]
    public void EveryFileUsesOnlyRoomsAboveItsOwn()
    {
        var folder = Path.Combine(RealData.Root, "src", "NerfLab");
        var wrong = new List<string>();
        int files = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            files++;
            var relative = Path.GetRelativePath(folder, file);
            var room = Path.GetDirectoryName(relative) is { Length: > 0 } sub ? "NerfLab." + sub.Replace(Path.DirectorySeparatorChar, '.') : "NerfLab";
            var text = File.ReadAllText(file);
            if (!text.Contains($"namespace {room};")) wrong.Add($"{relative}: its namespace is not {room}");
            int place = Array.IndexOf(Order, room);
            if (place < 0) wrong.Add($"{relative}: {room} is no room");
            var code = Comment().Replace(text, "");
            foreach (var used in Order.Skip(1))
            {
                var types = typeof(Camera).Assembly.GetTypes().Where(t => t.Namespace == used && !t.IsNested).Select(t => Regex.Escape(t.Name.Split('`')[0]));
                bool uses = code.Contains($"using {used};") || Regex.IsMatch(code, $@"(?<![\w.]){Regex.Escape(used[8..])}\.(?:{string.Join('|', types)})\b");
                if (uses && (Array.IndexOf(Order, used) > place || Strangers.Contains((room, used)))) wrong.Add($"{relative}: {room} uses {used}");
            }
        }
        Assert.True(files > 40);
        Assert.Empty(wrong);
    }

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();
}
