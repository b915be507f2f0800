using System.Text;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks.Tests;

public class NotebookFileTests
{
    static NotebookFile Parse(string json) => NotebookFile.Parse(Encoding.UTF8.GetBytes(json), "x.ipynb");

    [Fact]
    public void TheCanonicalFormIsAFixedPoint()
    {
        var notebook = Parse(TestNotebook.Json(("markdown", "# Ü & <b>\r\ntext\n"), ("code", "var a = \"é\";"), ("code", "")));
        var once = notebook.ToBytes();
        var again = NotebookFile.Parse(once, "x.ipynb");
        Assert.Equal(once, again.ToBytes());
        Assert.Equal((5, 0), (again.MinorVersion, again.CellsWithoutId));
        var text = Encoding.UTF8.GetString(once);
        Assert.StartsWith("{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n   \"id\": \"", text);
        Assert.Contains("\"# Ü & <b>\\n\",\n    \"text\\n\"", text);
        Assert.EndsWith("\"nbformat_minor\": 5\n}\n", text);
    }

    [Fact]
    public void IdsStayOrComeFromTheText()
    {
        var without = Parse(TestNotebook.Json(("code", "a"), ("code", "a"), ("code", "b")));
        Assert.Equal(3, without.CellsWithoutId);
        Assert.Equal(3, without.Cells.Select(c => c.Id).Distinct().Count());
        Assert.Equal(without.Cells.Select(c => c.Id), Parse(TestNotebook.Json(("code", "a"), ("code", "a"), ("code", "b"))).Cells.Select(c => c.Id));
        var given = Parse("""{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"raw","id":"mine","metadata":{},"source":"r"},{"cell_type":"raw","id":"mine","metadata":{},"source":"s"}]}""");
        Assert.Equal("mine", given.Cells[0].Id);
        Assert.NotEqual("mine", given.Cells[1].Id);
        Assert.Equal(1, given.CellsWithoutId);
    }

    [Theory]
    [InlineData("{\"cells\": [", "x.ipynb line 1: broken JSON")]
    [InlineData("[]", "x.ipynb: holds no notebook")]
    [InlineData("{\"nbformat\":3,\"nbformat_minor\":0}", "x.ipynb: has nbformat 3; 4 is expected")]
    [InlineData("{\"nbformat\":4}", "x.ipynb: has no nbformat_minor")]
    [InlineData("{\"nbformat\":4,\"nbformat_minor\":9}", "x.ipynb: has nbformat_minor 9")]
    [InlineData("{\"nbformat\":4,\"nbformat_minor\":5}", "x.ipynb: has no cells")]
    [InlineData("{\"nbformat\":4,\"nbformat_minor\":5,\"cells\":[1]}", "x.ipynb#cell1: is no cell")]
    [InlineData("{\"nbformat\":4,\"nbformat_minor\":5,\"cells\":[{\"cell_type\":\"other\"}]}", "x.ipynb#cell1: has the cell_type other")]
    [InlineData("{\"nbformat\":4,\"nbformat_minor\":5,\"cells\":[{\"cell_type\":\"code\",\"source\":[1]}]}", "x.ipynb#cell1: has no source")]
    [InlineData("{\"nbformat\":4,\"nbformat_minor\":5,\"cells\":[{\"cell_type\":\"code\",\"source\":\"\",\"outputs\":[{\"output_type\":\"odd\"}]}]}", "x.ipynb#cell1: has an output of an unknown kind")]
    [InlineData("{\"nbformat\":4,\"nbformat\":4}", "x.ipynb line 1: broken JSON")]
    [InlineData("{\"nbformat\":4,\"nbformat_minor\":5,\"cells\":[{\"cell_type\":\"\\ud800\",\"source\":\"\"}]}", "x.ipynb")]
    public void WhatIsNoNotebookIsASentence(string json, string start)
    {
        var complaint = Assert.Throws<BadInputException>(() => Parse(json)).Message;
        Assert.StartsWith(start, complaint);
        Assert.DoesNotContain('\n', complaint);
    }

    [Fact]
    public void DamagedNotebooksEndInASentence()
    {
        var good = Encoding.UTF8.GetBytes(TestNotebook.Json(("markdown", "# A $x$"), ("code", "1 + 1")));
        var random = new Random(5);
        for (int i = 0; i < 2000; i++)
        {
            var bytes = (byte[])good.Clone();
            for (int k = 0; k < 1 + i % 4; k++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                NotebookFile.Parse(bytes, "x.ipynb").ToBytes();
            }
            catch (BadInputException)
            {
                // as it should be
            }
        }
    }

    [Fact]
    public void TheOldEnginesLanguagesAreKnown()
    {
        var notebook = Parse("""{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"code","metadata":{"polyglot_notebook":{"kernelName":"csharp"}},"source":"1"},{"cell_type":"code","metadata":{"polyglot_notebook":{"kernelName":"markdown"}},"source":"a"},{"cell_type":"code","metadata":{"dotnet_interactive":{"language":"fsharp"}},"source":"a"}]}""");
        Assert.Equal("x.ipynb#cell3: is written for the kernel fsharp; csharp is expected", Assert.Throws<BadInputException>(() => notebook.CodeCells().ToList()).Message);
        Assert.Equal("x.ipynb#cell1", notebook.CodeCells().First().Label);
    }

    [Fact]
    public void OutputsAreKeptInAFixedForm()
    {
        var outputs = new CellOutputs();
        IOutput o = outputs;
        o.Write(false, "a\n");
        o.Write(true, "warning\n");
        o.Write(false, "b\n");
        o.Show(new(new Dictionary<string, string> { ["text/html"] = "<b>", ["text/plain"] = "one" }, "d1", Replaces: false, IsResult: false));
        o.Write(false, "c\n");
        o.Show(new(new Dictionary<string, string> { ["text/plain"] = "two" }, "d1", Replaces: true, IsResult: false));
        o.Show(new(new Dictionary<string, string> { ["text/plain"] = "3" }, "", Replaces: false, IsResult: true));
        o.Time(TimeSpan.FromSeconds(1));
        var json = outputs.ToJson(7, null);
        Assert.Equal(["a\nb\n", "warning\n", "{\"text/plain\":\"two\"}", "c\n", "{\"text/plain\":\"3\"}"], json.Select(j => j["text"]?.GetValue<string>() ?? j["data"]!.ToJsonString()));
        Assert.Equal(7, json[^1]["execution_count"]!.GetValue<int>());
    }
}

/// <summary>Notebooks for tests.</summary>
internal static class TestNotebook
{
    /// <summary>Cells as another program would write them: without ids, outputs and order.</summary>
    public static string Json(params (string Kind, string Source)[] cells) => new JsonObject
    {
        ["nbformat"] = 4,
        ["nbformat_minor"] = 4,
        ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["name"] = ".net-csharp", ["language"] = "C#", ["display_name"] = ".NET (C#)" }, ["language_info"] = new JsonObject { ["name"] = "C#" } },
        ["cells"] = new JsonArray([.. cells.Select(c => (JsonNode)new JsonObject { ["source"] = c.Source, ["cell_type"] = c.Kind, ["metadata"] = new JsonObject() })]),
    }.ToJsonString();
}
