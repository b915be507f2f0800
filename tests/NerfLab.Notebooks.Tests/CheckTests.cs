using System.Text.Json.Nodes;

namespace NerfLab.Notebooks.Tests;

public sealed class CheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The faults of a notebook that was good before it was <paramref name="changed"/>.</summary>
    IReadOnlyList<string> Faults(Action<JsonObject, JsonObject> changed, string markdown = "# Title", bool canonical = true)
    {
        var file = _folder["n.ipynb"];
        File.WriteAllText(file, TestNotebook.Json(("markdown", markdown), ("code", "1")));
        var notebook = NotebookFile.Read(file);
        notebook.Cells[1].ExecutionCount = 1;
        notebook.Cells[1].Outputs = [new JsonObject { ["output_type"] = "execute_result", ["execution_count"] = 1, ["metadata"] = new JsonObject(), ["data"] = new JsonObject { ["text/plain"] = "1" } }];
        notebook.Write(file);
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        changed(json, json["cells"]![1]!.AsObject());
        File.WriteAllText(file, json.ToJsonString());
        if (canonical) NotebookFile.Read(file).Write(file);
        return NotebookCheck.Faults(file);
    }

    [Fact]
    public void AGoodNotebookHasNoFaults() => Assert.Empty(Faults((_, _) => { }));

    [Fact]
    public void EachKindOfFaultIsFound()
    {
        Assert.Equal("n.ipynb: has the kernel python3; .net-csharp is expected", Assert.Single(Faults((n, _) => n["metadata"]!["kernelspec"]!["name"] = "python3")));
        Assert.Equal("n.ipynb: has the language of nobody; C# is expected", Assert.Single(Faults((n, _) => n["metadata"]!.AsObject().Remove("language_info"))));
        Assert.Contains("canonical form", Assert.Single(Faults((_, _) => { }, canonical: false)));
        Assert.Equal("n.ipynb: 1 cells have no id of their own", Assert.Single(Faults((_, c) => c.Remove("id"), canonical: false)));
        Assert.Equal("n.ipynb: is nbformat 4.2; 4.5 is expected", Assert.Single(Faults((n, _) => n["nbformat_minor"] = 2, canonical: false)));
        Assert.StartsWith("n.ipynb#cell2: was not run", Assert.Single(Faults((_, c) => c["execution_count"] = null)));
        Assert.StartsWith("n.ipynb#cell2: was run as number 5", Assert.Single(Faults((_, c) => c["execution_count"] = 5)));
        Assert.Equal("n.ipynb#cell2: has an output of the type text/html; image/png and text/plain are expected", Assert.Single(Faults((_, c) => c["outputs"]![0]!["data"]!["text/html"] = "<b>")));
        Assert.Equal("n.ipynb#cell2: has an output without text/plain", Assert.Single(Faults((_, c) => c["outputs"]![0]!["data"]!.AsObject().Remove("text/plain"))));
        Assert.Equal("n.ipynb#cell2: has a picture that is no PNG", Assert.Single(Faults((_, c) => c["outputs"]![0]!["data"]!["image/png"] = "AAAA")));
        Assert.Equal("n.ipynb#cell2: holds an error (X)", Assert.Single(Faults((_, c) => c["outputs"]!.AsArray().Add(new JsonObject { ["output_type"] = "error", ["ename"] = "X", ["evalue"] = "", ["traceback"] = new JsonArray() }))));
        Assert.Equal("n.ipynb#cell2: is written for the kernel fsharp; csharp is expected", Assert.Single(Faults((_, c) => c["metadata"]!["polyglot_notebook"] = new JsonObject { ["kernelName"] = "fsharp" })));
        Assert.Equal("n.ipynb#cell1: links to absent.md#x, which does not exist", Assert.Single(Faults((_, _) => { }, "[a](absent.md#x) [b](n.ipynb) [c](https://example.org) [d](#Title)")));
        Assert.Equal("n.ipynb#cell1: refers to attachment:a.png, which is not attached", Assert.Single(Faults((_, _) => { }, "![a](attachment:a.png)")));
        Assert.Contains("\\foo", Assert.Single(Faults((_, _) => { }, "A formula $x + \\foo$.")));
        Assert.Contains("has 1.2 MB; at most 1 MB is expected", Assert.Single(Faults((_, _) => { }, new string('a', 1_200_000))));
        File.WriteAllText(_folder["n.ipynb"], "{");
        Assert.Contains("broken JSON", Assert.Single(NotebookCheck.Faults(_folder["n.ipynb"])));
    }
}
