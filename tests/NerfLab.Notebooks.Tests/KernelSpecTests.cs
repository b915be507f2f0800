using System.Text.Json.Nodes;
using NerfLab.Notebooks.Jupyter;

namespace NerfLab.Notebooks.Tests;

public class KernelSpecTests
{
    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public void JupyterIsToldHowToStartTheKernel()
    {
        using var folder = new TemporaryFolder();
        var (names, other) = KernelSpec.Install(folder["kernels"], ["a program", "kernel", "run"], new Dictionary<string, string> { ["LIBTORCH"] = "/a b" });
        Assert.Equal("nerflab", names[0]);
        Assert.Equal(other is null, names.Contains(".net-csharp")); // another one may be installed on this machine
        var spec = Spec(folder, "nerflab");
        Assert.Equal("[\"a program\",\"kernel\",\"run\",\"{connection_file}\"]", spec["argv"]!.ToJsonString());
        Assert.Equal(("NerfLab (C#)", "C#", "message"), ((string?)spec["display_name"], (string?)spec["language"], (string?)spec["interrupt_mode"]));
        Assert.Equal("/a b", (string?)spec["env"]!["LIBTORCH"]);
        Assert.Equal(names.Order(), KernelSpec.Uninstall(folder["kernels"]).Order());
        Assert.Empty(Directory.GetFileSystemEntries(folder["kernels"]));
        Assert.Empty(KernelSpec.Uninstall(folder["kernels"]));
    }

    [Fact]
    public void NotebooksOfTheOldEngineKeepItWhereItIs()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder[".net-csharp"]);
        File.WriteAllText(folder[".net-csharp/kernel.json"], """{"argv":["dotnet","interactive"],"display_name":".NET (C#)","language":"C#"}""");
        var (names, other) = KernelSpec.Install(folder.Path, ["x"], None);
        Assert.Equal(["nerflab"], names);
        Assert.Equal(folder[".net-csharp"], other);
        Assert.Equal(["nerflab"], KernelSpec.Uninstall(folder.Path));
        Assert.Equal("dotnet", (string?)Spec(folder, ".net-csharp", "")["argv"]![0]);
    }

    [Theory]
    [InlineData("""{"argv":["x"]}""")]
    [InlineData("""{"metadata":{"nerflab":"true"}}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public void AnotherKernelOfTheNameIsLeftAlone(string text)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["nerflab"]);
        File.WriteAllText(folder["nerflab/kernel.json"], text);
        Assert.Contains("another kernel has this name", Assert.Throws<BadInputException>(() => KernelSpec.Install(folder.Path, ["x"], None)).Message);
        Assert.Empty(KernelSpec.Uninstall(folder.Path));
        Assert.Equal(text, File.ReadAllText(folder["nerflab/kernel.json"]));
    }

    [Fact]
    public void TheCommandsSayWhatTheyDid()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("registered nerflab", CliProgram.Good("kernel", "install", "--prefix", folder.Path));
        Assert.Contains("registered nerflab", CliProgram.Good("kernel", "install", "--prefix", folder.Path)); // a second time changes nothing
        var start = Spec(folder, "share/jupyter/kernels/nerflab", "")["argv"]!.AsArray().Select(a => (string)a!).ToArray();
        Assert.Equal(["kernel", "run", "{connection_file}"], start[^3..]);
        Assert.True(File.Exists(start[0]));
        Assert.Contains("removed nerflab", CliProgram.Good("kernel", "uninstall", "--prefix", folder.Path));
        Assert.Contains("nothing of NerfLab is registered", CliProgram.Good("kernel", "uninstall", "--prefix", folder.Path));
        Assert.Contains("one of them is expected", CliProgram.Complaint("kernel", "install", "--user", "--prefix", folder.Path));
        Assert.Contains("missing.json: cannot be read", CliProgram.Complaint("kernel", "run", folder["missing.json"]));
        Assert.Contains("did you mean install", CliProgram.Complaint("kernel", "instal"));
    }

    private static JsonNode Spec(TemporaryFolder folder, string name, string kernels = "kernels") => JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, kernels, name, "kernel.json")))!;
}
