namespace NerfLab.Notebooks.Tests;

public class DirectiveTests
{
    [Fact]
    public async Task ThePublishedLibraryIsTheOneThatIsHere()
    {
        var cells = new Cells();
        var missing = await cells.Fails("using NerfLab;\nBox.Unit");
        Assert.Contains("begins with #r \"../artifacts/nerflab/NerfLab.dll\"", missing.Message);
        Assert.Empty((await cells.Run("#r \"../artifacts/nerflab/NerfLab.dll\"\nusing NerfLab;")).Shown);
        Assert.Equal("True", await cells.Value("typeof(Camera).Assembly == AppDomain.CurrentDomain.GetAssemblies().Single(a => a.GetName().Name == \"NerfLab\")"));
        Assert.Equal("Vector3", await cells.Value("using System.Numerics;\nnameof(Vector3)"));
        await cells.Run("using TorchSharp;\nvar device = torch.CPU;");
    }

    [Fact]
    public async Task AReferenceThatIsNotThereIsNamed()
    {
        var cells = new Cells();
        Assert.Equal("test.ipynb#cell1:2: #r \"lib/absent.dll\": there is no such file; the path starts at the notebook's folder", (await cells.Fails("\n#r \"lib/absent.dll\"")).Message);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["broken.dll"], "MZ no assembly");
        Assert.Contains("is no .NET assembly", (await new Cells(folder.Path).Fails("#r \"broken.dll\"")).Message);
    }

    [Fact]
    public async Task OtherAssembliesAreLoaded()
    {
        using var folder = new TemporaryFolder();
        File.Copy(typeof(Markdig.Markdown).Assembly.Location, folder["Other.dll"]);
        File.Move(folder["Other.dll"], folder["Markdig.dll"]);
        Assert.Equal("<p><em>a</em></p>", (await new Cells(folder.Path).Value("#r \"Markdig.dll\"\nMarkdig.Markdown.ToHtml(\"*a*\")")).Trim());
    }

    [Fact]
    public async Task FilesAreImported()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tools.csx"], "#!/usr/bin/env dotnet-script\nint Half(int i) => i / 2;\nint Bad() => throw new Exception(\"in tools\");");
        File.WriteAllText(folder["more.cs"], "#!import \"tools.csx\"\nclass More { public int Two => 2; }\nConsole.WriteLine(\"imported\");");
        var cells = new Cells(folder.Path);
        Assert.Equal("imported\n", (await cells.Run("#!import \"more.cs\"")).Out);
        Assert.Equal("23", await cells.Value("Half(42) + new More().Two"));
        Assert.Equal("tools.csx:3: Exception: in tools", (await cells.Fails("Bad();")).Message);
        Assert.StartsWith("test.ipynb#cell4:1: #!import \"none.csx\": there is no such file", (await cells.Fails("#!import \"none.csx\"")).Message);
        File.WriteAllText(folder["wrong.csx"], "\nint a = ;");
        Assert.StartsWith("wrong.csx:2: CS1525", (await cells.Fails("#!import \"wrong.csx\"")).Message);
        File.WriteAllText(folder["self.csx"], "#!import \"self.csx\"");
        Assert.Contains("the file imports itself", (await cells.Fails("#!import \"self.csx\"")).Message);
        Assert.Contains(".csx, .cs or .ipynb is expected", (await cells.Fails("#!import \"tools.csx\"\n#!import \"" + typeof(Cells).Assembly.Location + "\"")).Message);
    }

    [Fact]
    public async Task LoadIsTheCompilersOwn()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tools.csx"], "int Half(int i) => i / 2;");
        Assert.Equal("4", await new Cells(folder.Path).Value("#load \"tools.csx\"\nHalf(8)"));
    }

    [Fact]
    public async Task TimeIsTaken()
    {
        var output = await new Cells().Run("#!time\nawait Task.Delay(20);\n1");
        Assert.True(output.Took >= TimeSpan.FromMilliseconds(15));
        Assert.Equal("1", output.Text);
    }

    [Fact]
    public async Task UnknownMagicIsASentence()
    {
        var cells = new Cells();
        Assert.Equal("test.ipynb#cell1:3: #!pwsh is an unknown magic; #!import, #!time and #!csharp are known", (await cells.Fails("#!csharp\nint a = 1;\n  #!pwsh -x")).Message);
        Assert.StartsWith("test.ipynb#cell2:1: CS1024", (await cells.Fails("#nonsense")).Message);
    }

    [Fact]
    public async Task DirectivesInTextsAndCommentsAreLeftAlone()
    {
        Assert.Equal("\n#!import \"a\"\n#r \"b\"\n", (await new Cells().Run("/*\n#!unknown\n*/\nConsole.Write(@\"\n#!import \"\"a\"\"\n#r \"\"b\"\"\n\");\n#if NEVER\n#!other\n#endif")).Out);
    }

    [Fact]
    public async Task APackageThatCannotBeFetchedIsASentence()
    {
        var cells = new Cells();
        Assert.Equal("test.ipynb#cell1:1: #r \"nuget: A b c\": nuget: Name, 1.2.3 is expected", (await cells.Fails("#r \"nuget: A b c\"")).Message);
        var error = await cells.Fails("#r \"nuget: NerfLab.DoesNotExist, 0.0.1\"");
        Assert.StartsWith("test.ipynb#cell2:1: #r \"nuget: NerfLab.DoesNotExist, 0.0.1\": ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
