namespace NerfLab.Notebooks.Tests;

public class SessionTests
{
    [Fact]
    public async Task CellsKeepState()
    {
        var cells = new Cells();
        Assert.Empty((await cells.Run("int a = 20; record Point(double X, double Y); int Twice(int i) => 2 * i;")).Shown);
        Assert.Equal("42", await cells.Value("using System.Globalization;\nTwice(a) + 2"));
        Assert.Equal("Point { X = 0.5, Y = 1 }", await cells.Value("a = 7; new Point(0.5, 1)"));
        Assert.Equal("7", await cells.Value("CultureInfo.InvariantCulture.TextInfo.ToLower(a.ToString())"));
    }

    [Fact]
    public async Task OnlyATrailingExpressionIsShown()
    {
        var cells = new Cells();
        Assert.Equal("3", await cells.Value("1 + 2"));
        Assert.Equal("null", await cells.Value("(string?)null"));
        Assert.Empty((await cells.Run("1.ToString();")).Shown);
        Assert.Empty((await cells.Run("Console.Write(\"x\")")).Shown);
        Assert.Empty((await cells.Run("await Task.Delay(1)")).Shown);
        Assert.Equal("5", await cells.Value("await Task.FromResult(5)"));
        Assert.Empty((await cells.Run("")).Shown);
        Assert.Empty((await cells.Run("// only a remark")).Shown);
        var shown = Assert.Single((await cells.Run("1")).Shown);
        Assert.True(shown.IsResult);
    }

    [Fact]
    public async Task DisplayShowsAndUpdates()
    {
        var cells = new Cells();
        var output = await cells.Run("display(1); var shown = \"two\".Display(); display(3)");
        Assert.Equal("1\ntwo\n3", output.Text);
        Assert.All(output.Shown, s => Assert.False(s.IsResult || s.Replaces));
        Assert.Equal(3, output.Shown.Select(s => s.Id).Distinct().Count());
        var update = Assert.Single((await cells.Run("shown.Update(4);")).Shown);
        Assert.True(update.Replaces);
        Assert.Equal((output.Shown[1].Id, "4"), (update.Id, update.Data["text/plain"]));
    }

    [Fact]
    public async Task StreamsAreCapturedAlsoFromThreads()
    {
        var cells = new Cells();
        var output = await cells.Run("Console.WriteLine($\"{1.5} a\"); Console.Error.Write(\"b\"); await Task.Run(() => Console.Write('c')); var t = new Thread(() => Console.WriteLine(4)); t.Start(); t.Join();".Replace("Thread(", "System.Threading.Thread("));
        Assert.Equal(("1.5 a\nc4\n", "b"), (output.Out, output.Error));
    }

    [Fact]
    public async Task ReadLineAsksTheOutput()
    {
        var cells = new Cells();
        var output = new Kept();
        output.Input.Enqueue("Ada");
        Assert.Null(await cells.Session.ExecuteAsync("Console.WriteLine(Console.ReadLine() + \"!\" + (Console.ReadLine() ?? \"none\"));", "x#cell1", output));
        Assert.Equal("Ada!none\n", output.Out);
    }

    [Fact]
    public async Task ErrorsSayWhere()
    {
        var cells = new Cells();
        var compile = await cells.Fails("int a = 1;\nint b = missing;\nint c = absent;");
        Assert.Equal("CS0103", compile.Name);
        Assert.StartsWith("test.ipynb#cell1:2: CS0103: The name 'missing' does not exist", compile.Message);
        Assert.StartsWith("test.ipynb#cell1:3: CS0103", Assert.Single(compile.Trace));

        await cells.Run("int Deep(int i)\n{\n    if (i == 0) throw new InvalidOperationException(\"too deep.\");\n    return Deep(i - 1);\n}\nclass Box { public int Open() => throw new ArgumentException(\"closed\"); }");
        var run = await cells.Fails("\n\nDeep(1);");
        Assert.Equal("test.ipynb#cell2:3: InvalidOperationException: too deep", run.Message);
        Assert.Contains("at Deep in test.ipynb#cell2:", run.Trace[0]);
        Assert.Contains("   at test.ipynb#cell3:3", run.Trace);
        Assert.All(run.Trace, line => Assert.DoesNotContain("Submission", line));
        Assert.All(run.Trace, line => Assert.DoesNotContain("CodeAnalysis", line));
        var inClass = await cells.Fails("\nawait Task.Yield();\nnew Box().Open()");
        Assert.Equal("test.ipynb#cell2:6: ArgumentException: closed", inClass.Message);
        Assert.Equal(["   at Box.Open in test.ipynb#cell2:6", "   at test.ipynb#cell4:3"], inClass.Trace);
        var lambda = await cells.Fails("var numbers = new[] { 1 };\nnumbers.Select(i => i / (i - 1)).ToList()");
        Assert.Equal("test.ipynb#cell5:2: DivideByZeroException: Attempted to divide by zero", lambda.Message);
    }

    [Fact]
    public async Task WhatWasDeclaredBeforeAnErrorIsThere()
    {
        var cells = new Cells();
        await cells.Fails("int a = 5; throw new Exception(\"x\");");
        Assert.Equal("5", await cells.Value("a"));
    }

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("await Task.Yield(); for (int i = 0; ; i++) { if (i < 0) i = 0; }")]
    [InlineData("System.Threading.Thread.Sleep(1000000);")]
    [InlineData("await Task.Delay(1000000);")]
    [InlineData("try { while (true) { } } catch (Exception) { } while (true) { }")]
    public async Task ACellThatNeverEndsCanBeStopped(string endless)
    {
        var cells = new Cells();
        await cells.Run("int kept = 3;");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.3));
        var (error, _) = await cells.Try(endless, stop.Token).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(CellError.Interrupted, error?.Name);
        Assert.Equal("test.ipynb#cell2: interrupted", error?.Message);
        Assert.Equal("3", await cells.Value("kept"));
    }

    [Fact]
    public async Task CellsCompileOptimised()
    {
        var cells = new Cells();
        Assert.Equal("False", await cells.Value("class Here { }\nvar d = (System.Diagnostics.DebuggableAttribute?)Attribute.GetCustomAttribute(typeof(Here).Assembly, typeof(System.Diagnostics.DebuggableAttribute));\nd?.IsJITOptimizerDisabled ?? false"));
    }

    [Fact]
    public async Task CSharp14IsSpoken()
    {
        var cells = new Cells();
        Assert.Equal("[1, 2, 3]", await cells.Value("class Named { public string Name { get; set => field = value.Trim(); } = \"\"; }\nint[] a = [1, .. new[] { 2, 3 }];\na"));
    }

    [Fact]
    public void UnfinishedCellsAreKnown()
    {
        Assert.True(CSharpSession.IsComplete("#!time\nvar a = 1;"));
        Assert.True(CSharpSession.IsComplete("1 + 1"));
        Assert.False(CSharpSession.IsComplete("if (true) {"));
        Assert.False(CSharpSession.IsComplete("var a = "));
    }

    [Fact]
    public async Task CompletionKnowsEarlierCells()
    {
        var cells = new Cells();
        await cells.Run("var pictures = new List<int>();\nint Counted(int i) => i;");
        var members = await cells.Session.CompleteAsync("#!time\npictures.Ad", 18);
        Assert.Equal((16, 18), (members.Start, members.End));
        Assert.Equal(["Add", "AddRange"], members.Items.Where(i => i.StartsWith("Add", StringComparison.Ordinal)).Take(2));
        Assert.Contains("Counted", (await cells.Session.CompleteAsync("Coun", 4)).Items);
        Assert.Contains("display", (await cells.Session.CompleteAsync("disp", 4)).Items);
        Assert.Contains("pictures", (await cells.Session.CompleteAsync("var x = pic", 11)).Items);
    }

    [Fact]
    public async Task InspectionTellsWhatANameMeans()
    {
        var cells = new Cells();
        await cells.Run("/// <summary>Doubles.</summary>\nint Twice(int number) => 2 * number;");
        var told = await cells.Session.InspectAsync("Twice(3)", 2);
        Assert.Contains("int Twice(int number)", told);
        Assert.Contains("int Twice(int number)", await cells.Session.InspectAsync("Twice(", 6));
        Assert.Contains("int.Parse", await cells.Session.InspectAsync("int.Parse", 9));
        Assert.Null(await cells.Session.InspectAsync("   ", 1));
    }
}
