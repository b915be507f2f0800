using System.Xml.Linq;

namespace NerfLab.Notebooks.Tests;

/// <summary>nerflab notebook and nerflab publish, as programs.</summary>
[Collection("profile")]
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Notebook(string name, params (string Kind, string Source)[] cells)
    {
        File.WriteAllText(_folder[name], TestNotebook.Json(cells));
        return _folder[name];
    }

    string Good(string name = "good.ipynb") => Notebook(name,
        ("markdown", "# Good\n\nIt *works*, says $\\sigma_i$.\n\n## Part\n\n[itself](good.ipynb)"),
        ("code", "#r \"../artifacts/nerflab/NerfLab.dll\"\nusing NerfLab.Recipes;\nConsole.WriteLine(Profile.Choose(quick: 1, tutorial: 2, full: 3));\nConsole.WriteLine(Path.GetFileName(Environment.CurrentDirectory) != \"\");"),
        ("code", "#!time\nrecord Row(int A, double B);\nvar rows = new[] { new Row(1, 0.5), new Row(20, 1e-9) };\ndisplay(rows);\nrows.Length"));

    [Fact]
    public void ARunWritesOutputsAndASecondRunChangesNothing()
    {
        var path = Good();
        var output = CliProgram.Good("notebook", "run", path, "--write", "--profile", "quick");
        Assert.Contains("good.ipynb: 2 cells in ", output);
        Assert.Contains("good.ipynb#cell3: ", output); // the time, which is not kept
        var first = File.ReadAllBytes(path);
        var notebook = NotebookFile.Read(path);
        Assert.Equal([null, 1, 2], notebook.Cells.Select(c => c.ExecutionCount));
        Assert.Equal("1\nTrue\n", NotebookReader.Lines(notebook.Cells[1].Outputs[0]["text"]));
        Assert.Equal([" A      B\n--  -----\n 1    0.5\n20  1E-09", "2"], notebook.Cells[2].Outputs.Select(o => NotebookReader.Lines(o["data"]!["text/plain"])));
        Assert.EndsWith(", as it was\n", CliProgram.Good("notebook", "run", path, "--write", "--profile", "quick"));
        Assert.Equal(first, File.ReadAllBytes(path));
        Assert.Equal("1 notebooks: nothing is wrong\n", CliProgram.Good("notebook", "check", path));
    }

    [Fact]
    public void BrokenNotebooksAreNamedAndTheOthersRun()
    {
        File.WriteAllText(_folder["json.ipynb"], "{");
        var fails = Notebook("fails.ipynb", ("code", "int a = 0;"), ("code", "\nif (1 / a == 0) { }"), ("code", "Console.Write(1);"));
        var before = File.ReadAllBytes(fails);
        var formatter = Notebook("formatter.ipynb", ("code", """
            public class TypeFormatterSourceAttribute : Attribute { public Type FormatterSourceType => typeof(Source); public string[] PreferredMimeTypes => new[] { "text/plain" }; }
            public class Source { public IEnumerable<object> CreateTypeFormatters() { yield return new F(); } }
            public class F { public string MimeType => "text/plain"; public bool Format(object value, TextWriter writer) => throw new Exception("no ink"); }
            [TypeFormatterSource] public class Picture { }
            """), ("code", "new Picture()"));
        var (code, output, error) = CliProgram.Outcome("notebook", "run", _folder["json.ipynb"], _folder["none.ipynb"], fails, formatter,
            Notebook("magic.ipynb", ("code", "#!pwsh\nls")), Notebook("loop.ipynb", ("markdown", "a"), ("code", "while (true) { }")), Notebook("crash.ipynb", ("code", "Environment.Exit(7);")),
            Notebook("reference.ipynb", ("code", "using NerfLab;\nBox.Unit")), Good(), "--timeout", "30", "--write", "--quiet");
        Assert.Equal(2, code);
        Assert.Contains("json.ipynb line 1: broken JSON", error);
        Assert.Contains("none.ipynb: cannot be read", error);
        Assert.Contains("fails.ipynb#cell2:2: DivideByZeroException: ", error);
        Assert.Contains("formatter.ipynb#cell2: the formatter of Picture for text/plain failed (Exception: no ink)", error);
        Assert.Contains("magic.ipynb#cell1:1: #!pwsh is an unknown magic", error);
        Assert.Contains("loop.ipynb#cell2: took longer than 30 s and was ended", error);
        Assert.Contains("crash.ipynb#cell1: the process ended with code 7", error);
        Assert.Contains("reference.ipynb#cell1:2: CS0", error);
        Assert.Contains("begins with #r \"../artifacts/nerflab/NerfLab.dll\"", error);
        Assert.Contains("good.ipynb: 2 cells", output);
        Assert.Equal(before, File.ReadAllBytes(fails));
    }

    [Fact]
    public void AFailingCellIsExitCodeOne()
    {
        var (code, _, error) = CliProgram.Outcome("notebook", "run", Notebook("check.ipynb", ("code", "if (1 < 2) throw new Exception(\"the result is too low: 12.1 dB\");")), "--quiet");
        Assert.Equal(1, code);
        Assert.StartsWith("nerflab: check.ipynb#cell1:1: Exception: the result is too low: 12.1 dB\n", error);
    }

    [Fact]
    public void PagesAreWellFormed()
    {
        CliProgram.Good("notebook", "run", Good(), Good("second.ipynb"), "--html", _folder["pages"], "--quiet");
        foreach (var page in (string[])["index.html", "good.html", "second.html"])
        {
            var html = File.ReadAllText(Path.Combine(_folder["pages"], page));
            Assert.DoesNotContain("<script", html);
            Assert.DoesNotContain("http:", html);
            foreach (var open in (string[])["meta", "input"]) html = System.Text.RegularExpressions.Regex.Replace(html, $"<{open}([^>]*)>", m => $"<{open}{m.Groups[1].Value.Replace(" checked", " checked=\"\"")}/>");
            XDocument.Parse(html.Replace("<!DOCTYPE html>", ""));
        }
        var good = File.ReadAllText(Path.Combine(_folder["pages"], "good.html"));
        Assert.Contains("<a href=\"#Part\">Part</a>", good);
        Assert.Contains("<a href=\"good.html\">itself</a>", good);
        Assert.Contains("<a href=\"second.html\">Good →</a>", good);
        Assert.Contains("<msub><mi>σ</mi><mi>i</mi></msub>", good);
        Assert.Contains("<span class=\"t\">Profile</span>.<span class=\"m\">Choose</span>", good);
        Assert.Contains("<span class=\"d\">#!time</span>", good);
    }

    [Fact]
    public void TheLibraryIsPublishedFlat()
    {
        var target = _folder["nerflab"];
        CliProgram.Good("publish", "--out", target);
        var files = Directory.EnumerateFileSystemEntries(target).Select(Path.GetFileName).ToList();
        Assert.Contains("NerfLab.dll", files);
        Assert.Contains("NerfLab.xml", files);
        Assert.DoesNotContain(files, f => f!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(target, "old.dll"), "");
        CliProgram.Good("publish", "--out", target);
        Assert.Equal(files.Order(), Directory.EnumerateFileSystemEntries(target).Select(Path.GetFileName).Order());
        Directory.CreateDirectory(_folder["mine"]);
        File.WriteAllText(Path.Combine(_folder["mine"], "thesis.txt"), "");
        Assert.Contains("holds something else", CliProgram.Complaint("publish", "--out", _folder["mine"]));
    }
}
