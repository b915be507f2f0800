using System.Text;
using System.Text.Json.Nodes;
using NerfLab.Notebooks.Jupyter;

namespace NerfLab.Notebooks.Tests;

/// <summary>Cells over the protocol.</summary>
[Collection(Kernels.Name)]
public sealed class KernelTests(KernelTests.Started started) : IClassFixture<KernelTests.Started>
{
    private JupyterClient Client => started.Shared.Client;

    [Fact]
    public void AValueIsTheResultOfACell()
    {
        var (reply, outputs) = Client.Run("6 * 7");
        Assert.Equal("execute_reply", reply.Type);
        Assert.Equal("ok", reply.Text("status"));
        int count = reply.Content.GetProperty("execution_count").GetInt32();
        Assert.Equal(["execute_input", "execute_result"], outputs.Select(o => o.Type));
        Assert.Equal("6 * 7", outputs[0].Text("code"));
        Assert.Equal("42", outputs[1].Content.GetProperty("data").GetProperty("text/plain").GetString());
        Assert.All(outputs, o => Assert.Equal(count, o.Content.GetProperty("execution_count").GetInt32()));
        Assert.Equal(count + 1, Client.Run("1").Reply.Content.GetProperty("execution_count").GetInt32());
    }

    [Fact]
    public void OutputsComeInTheirOrder()
    {
        var (_, outputs) = Client.Run("Console.Write(\"a\"); Console.Write(\"b\"); Console.Error.Write(\"c\"); Console.Write(\"d\"); display(1); Console.Write(\"e\");");
        Assert.Equal(["stdout ab", "stderr c", "stdout d", "display_data", "stdout e"], outputs.Skip(1).Select(o => o.Type == "stream" ? $"{o.Text("name")} {o.Text("text")}" : o.Type));
    }

    [Fact]
    public void AShownValueIsExchangedInItsPlace()
    {
        var (_, outputs) = Client.Run("var shown = display(1); display(2); shown.Update(3);");
        Assert.Equal(["display_data", "display_data", "update_display_data"], outputs.Skip(1).Select(o => o.Type));
        var ids = outputs.Skip(1).Select(o => o.Content.GetProperty("transient").GetProperty("display_id").GetString()).ToArray();
        Assert.Equal(ids[0], ids[2]);
        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal("3", outputs[3].Content.GetProperty("data").GetProperty("text/plain").GetString());
    }

    [Fact]
    public void ALiveFigureIsShownOnceAndThenExchanged()
    {
        var (reply, outputs) = Client.Run("#r \"NerfLab.dll\"\nusing NerfLab.Plotting;\nvar live = Figure.Live(\"squares\", new(\"x\"), new(\"y\"), every: 2); for (int i = 0; i < 5; i++) live.Add(i, i * i);");
        Assert.Equal("ok", reply.Text("status"));
        Assert.Equal(["display_data", "update_display_data", "update_display_data"], outputs.Skip(1).Select(o => o.Type));
        Assert.Single(outputs.Skip(1).Select(o => o.Content.GetProperty("transient").GetProperty("display_id").GetString()).Distinct());
        Assert.All(outputs.Skip(1), o => Assert.StartsWith("iVBOR", o.Content.GetProperty("data").GetProperty("image/png").GetString()));
        Assert.Equal(3, outputs.Skip(1).Select(o => o.Content.GetProperty("data").GetProperty("image/png").GetString()).Distinct().Count());
    }

    [Theory]
    [InlineData("int a = 1;\nnonsense", "CS0103", ":2: CS0103: ")]
    [InlineData("void Inner() => throw new InvalidOperationException(\"so not\");\n\nInner();", "InvalidOperationException", ":1: InvalidOperationException: so not")]
    public void AnErrorSaysWhere(string code, string name, string sentence)
    {
        var (reply, outputs) = Client.Run(code);
        Assert.Equal("error", reply.Text("status"));
        foreach (var error in new[] { reply, outputs[^1] })
        {
            Assert.Equal(name, error.Text("ename"));
            Assert.Matches($@"^In\[\d+\]{sentence}", error.Text("evalue"));
            Assert.Equal(error.Text("evalue"), error.Content.GetProperty("traceback")[0].GetString());
        }
        Assert.Equal("error", outputs[^1].Type);
    }

    [Fact]
    public void ASilentCellSaysNothingAndIsNotCounted()
    {
        int before = Client.Run("1").Reply.Content.GetProperty("execution_count").GetInt32();
        var silent = Client.Execute("var unheard = 5; Console.WriteLine(unheard); unheard", silent: true);
        Assert.Empty(Client.Outputs(silent, out _));
        Assert.Equal(before, Client.Reply(silent).Content.GetProperty("execution_count").GetInt32());
        var uncounted = Client.Execute("Console.Write(unheard)", history: false);
        Assert.Equal("5", Client.Outputs(uncounted, out _)[^1].Text("text"));
        Assert.Equal(before, Client.Reply(uncounted).Content.GetProperty("execution_count").GetInt32());
        var history = Client.Reply(Client.Send("history_request", new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "*unheard*" }));
        Assert.Equal(0, history.Content.GetProperty("history").GetArrayLength());
    }

    [Fact]
    public void ExpressionsAreAnsweredEachForItself()
    {
        var (reply, outputs) = Client.Run("int six = 6;", new JsonObject { ["good"] = "six * 7", ["bad"] = "seven" });
        var values = reply.Content.GetProperty("user_expressions");
        Assert.Equal("42", values.GetProperty("good").GetProperty("data").GetProperty("text/plain").GetString());
        Assert.Equal("error", values.GetProperty("bad").GetProperty("status").GetString());
        Assert.Equal("CS0103", values.GetProperty("bad").GetProperty("ename").GetString());
        Assert.Single(outputs);
    }

    [Theory]
    [InlineData(true, "aborted")]
    [InlineData(false, "ok")]
    public void AFailingCellEndsThoseThatWereSentWithIt(bool stop, string second)
    {
        var first = Client.Execute("input(); throw new Exception(\"no\");", stop: stop, questions: true);
        var question = Client.Next(Channel.Input);
        string[] waiting = [Client.Execute("1"), Client.Send("kernel_info_request", []), Client.Execute("2")];
        Answer("go on");
        Assert.Equal(first, question.Parent);
        Assert.Equal("error", Client.Reply(first).Text("status"));
        Assert.Equal([second, "ok", second], waiting.Select(id => Client.Reply(id).Text("status")));
        Assert.Equal("ok", Client.Run("3").Reply.Text("status"));
    }

    [Fact]
    public void AnEndlessLoopIsInterruptedAndTheStateStays()
    {
        Client.Run("int kept = 5;");
        var loop = Client.Execute("kept = 6; int lost = 1; Console.Write(\"running\"); while (true) { }");
        while (Client.Next(Channel.Publication) is var output && output.Type != "stream") ;
        var interrupt = Client.Send("interrupt_request", [], Channel.Control);
        Assert.Equal("ok", Client.Reply(interrupt, Channel.Control).Text("status"));
        var reply = Client.Reply(loop);
        Assert.Equal("Interrupted", reply.Text("ename"));
        Assert.Matches(@"^In\[\d+\]: interrupted$", reply.Text("evalue"));
        Assert.Equal("6", Client.Run("kept").Outputs[^1].Content.GetProperty("data").GetProperty("text/plain").GetString());
        // Nothing runs: nothing happens.
        Assert.Equal("ok", Client.Reply(Client.Send("interrupt_request", [], Channel.Control), Channel.Control).Text("status"));
        Assert.Equal("ok", Client.Run("kept").Reply.Text("status"));
    }

    [Fact]
    public void ALoopThatPrintsIsInterruptedBetweenMessages()
    {
        for (int i = 0; i < 10; i++)
        {
            var loop = Client.Execute("while (true) { Console.WriteLine(\"again and again\"); display(1); }");
            while (Client.Next(Channel.Publication) is var output && output.Type != "display_data") ;
            Client.Reply(Client.Send("interrupt_request", [], Channel.Control), Channel.Control);
            Assert.Equal("Interrupted", Client.Reply(loop).Text("ename"));
            Assert.Equal("2", Client.Run("1 + 1").Outputs[^1].Content.GetProperty("data").GetProperty("text/plain").GetString()); // each signature on the way is checked
        }
    }

    [Theory]
    [InlineData("while (true) await Task.Yield();")]
    [InlineData("System.Threading.Thread.Sleep(-1);")]
    [InlineData("Task.Run(() => System.Threading.Thread.Sleep(-1)).Wait();")]
    public void ACellThatWaitsIsInterrupted(string code)
    {
        var waiting = Client.Execute($"Console.Write(1); {code}");
        while (Client.Next(Channel.Publication) is var output && output.Type != "stream") ;
        Client.Reply(Client.Send("interrupt_request", [], Channel.Control), Channel.Control);
        Assert.Equal("Interrupted", Client.Reply(waiting).Text("ename"));
        Assert.Equal("ok", Client.Run("1 + 1").Reply.Text("status"));
    }

    [Fact]
    public void ACellAsksAndIsAnswered()
    {
        var cell = Client.Execute("Console.Write(\"Who? \"); var who = Console.ReadLine(); var secret = password(\"And? \"); Console.Write($\"{who} {secret}\");", questions: true);
        var question = Client.Next(Channel.Input);
        Assert.Equal(("input_request", cell, "", false), (question.Type, question.Parent, question.Text("prompt"), question.Content.GetProperty("password").GetBoolean()));
        Answer("Ada");
        question = Client.Next(Channel.Input);
        Assert.Equal(("And? ", true), (question.Text("prompt"), question.Content.GetProperty("password").GetBoolean()));
        Answer("1815");
        Assert.Equal("Who? Ada 1815", string.Concat(Client.Outputs(cell, out _).Skip(1).Select(o => o.Text("text"))));
        Assert.Equal("ok", Client.Reply(cell).Text("status"));
    }

    [Fact]
    public void WhereNobodyAnswersAQuestionIsAnError()
    {
        var (reply, _) = Client.Run("Console.ReadLine()");
        Assert.Contains("nobody is there to type an answer", reply.Text("evalue"));
        Answer("too late");
        Assert.Equal("ok", Client.Run("1").Reply.Text("status"));
    }

    [Fact]
    public void AQuestionIsInterrupted()
    {
        var cell = Client.Execute("var answer = input(\"?\");", questions: true);
        Client.Next(Channel.Input);
        Client.Reply(Client.Send("interrupt_request", [], Channel.Control), Channel.Control);
        Assert.Equal("Interrupted", Client.Reply(cell).Text("ename"));
    }

    [Fact]
    public void WhileACellRunsTheOtherChannelsAnswer()
    {
        var cells = new[] { Client.Execute("input()", questions: true), Client.Execute("2") };
        Client.Next(Channel.Input);
        Assert.Equal("ok", Client.Reply(Client.Send("kernel_info_request", [], Channel.Control), Channel.Control).Text("status"));
        Assert.Equal("beat"u8, Client.Beat("beat"u8.ToArray()));
        Answer("done");
        foreach (var cell in cells) Assert.Equal("ok", Client.Reply(cell).Text("status")); // in the order in which they were sent
    }

    [Fact]
    public void LongOutputsArriveWholeAndInFewMessages()
    {
        var (reply, outputs) = Client.Run("for (int i = 0; i < 300_000; i++) Console.WriteLine(i); display(new string('x', 20_000_000));");
        Assert.Equal("ok", reply.Text("status"));
        var streams = outputs.Where(o => o.Type == "stream").Select(o => o.Text("text")).ToList();
        Assert.Equal(string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i}\n")), string.Concat(streams));
        Assert.InRange(streams.Count, 1, 3_000);
        Assert.Equal(20_000_000, outputs[^1].Content.GetProperty("data").GetProperty("text/plain").GetString()!.Length);
    }

    [Fact]
    public void TwoThreadsPrintWholeLines()
    {
        var (_, outputs) = Client.Run("Parallel.For(0, 1000, i => Console.WriteLine($\"line {i}\"));");
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"line {i}").Order(), string.Concat(outputs.Skip(1).Select(o => o.Text("text"))).TrimEnd('\n').Split('\n').Order());
    }

    [Fact]
    public void TheHistoryIsSearched()
    {
        int count = Client.Run("\"once upon\"").Reply.Content.GetProperty("execution_count").GetInt32();
        Client.Run("\"a time\"");
        Client.Run("\"once upon\"");
        Assert.Equal(["\"a time\"", "\"once upon\""], Codes(new JsonObject { ["hist_access_type"] = "tail", ["n"] = 2 }));
        Assert.Equal(["\"once upon\"", "\"a time\""], Codes(new JsonObject { ["hist_access_type"] = "range", ["session"] = 0, ["start"] = count, ["stop"] = count + 2 }));
        Assert.Equal(["\"once upon\"", "\"once upon\""], Codes(new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "*once upo?\"" }));
        Assert.Equal(["\"once upon\""], Codes(new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "*once*", ["unique"] = true }));
        var last = Client.Reply(Client.Send("history_request", new JsonObject { ["hist_access_type"] = "tail", ["n"] = 1, ["output"] = true })).Content.GetProperty("history")[0];
        Assert.Equal($"[\"\\u0022once upon\\u0022\",\"once upon\"]", JsonNode.Parse(last[2].GetRawText())!.ToJsonString());

        string[] Codes(JsonObject request) => [.. Client.Reply(Client.Send("history_request", request)).Content.GetProperty("history").EnumerateArray().Select(e => e[2].GetString()!)];
    }

    [Fact]
    public void PlacesAreCountedInWholeCharacters()
    {
        // The face takes two units of UTF-16, and one place of the protocol.
        const string Code = "var face = \"😀\"; face.Leng";
        var reply = Client.Reply(Client.Send("complete_request", new JsonObject { ["code"] = Code, ["cursor_pos"] = Code.Length - 1 }));
        Assert.Equal(["Length"], reply.Content.GetProperty("matches").EnumerateArray().Select(m => m.GetString()!));
        Assert.Equal((Code.Length - 5, Code.Length - 1), (reply.Content.GetProperty("cursor_start").GetInt32(), reply.Content.GetProperty("cursor_end").GetInt32()));
    }

    [Fact]
    public void NamesOfEarlierCellsAreCompletedAndExplained()
    {
        Client.Run("/// <summary>Doubles.</summary>\nint TwiceAsMuch(int number) => 2 * number;");
        var completed = Client.Reply(Client.Send("complete_request", new JsonObject { ["code"] = "TwiceAs", ["cursor_pos"] = 7 }));
        Assert.Contains("TwiceAsMuch", completed.Content.GetProperty("matches").EnumerateArray().Select(m => m.GetString()));
        var inspected = Client.Reply(Client.Send("inspect_request", new JsonObject { ["code"] = "TwiceAsMuch(3)", ["cursor_pos"] = 4, ["detail_level"] = 0 }));
        Assert.Contains("TwiceAsMuch(int number)", inspected.Content.GetProperty("data").GetProperty("text/plain").GetString());
        var nothing = Client.Reply(Client.Send("inspect_request", new JsonObject { ["code"] = "  ", ["cursor_pos"] = 1 }));
        Assert.False(nothing.Content.GetProperty("found").GetBoolean());
    }

    [Theory]
    [InlineData("1 + 1", "complete")]
    [InlineData("#!time\nvar a = 1;", "complete")]
    [InlineData("if (true) {", "incomplete")]
    [InlineData("}", "invalid")]
    public void FrontEndsAskWhetherACellIsComplete(string code, string status) =>
        Assert.Equal(status, Client.Reply(Client.Send("is_complete_request", new JsonObject { ["code"] = code })).Text("status"));

    [Fact]
    public void OutputsAreClearedAndPagesShown()
    {
        var (reply, outputs) = Client.Run("Console.Write(1); clear(wait: true); page(\"long\");");
        Assert.Equal(["execute_input", "stream", "clear_output"], outputs.Select(o => o.Type));
        Assert.True(outputs[^1].Content.GetProperty("wait").GetBoolean());
        Assert.Equal("long", reply.Content.GetProperty("payload")[0].GetProperty("data").GetProperty("text/plain").GetString());
    }

    [Fact]
    public void WhatIsNotThereIsSaid()
    {
        Assert.Empty(Client.Reply(Client.Send("comm_info_request", [])).Content.GetProperty("comms").EnumerateObject());
        var open = Client.Send("comm_open", new JsonObject { ["comm_id"] = "a widget", ["target_name"] = "widgets", ["data"] = new JsonObject() });
        var closed = Assert.Single(Client.Outputs(open, out _));
        Assert.Equal(("comm_close", "a widget"), (closed.Type, closed.Text("comm_id")));
        Assert.Contains("teleport_request: ", Client.Reply(Client.Send("teleport_request", [])).Text("evalue"));
    }

    private void Answer(string line) => Client.Send("input_reply", new JsonObject { ["value"] = line }, Channel.Input);

    /// <summary>One kernel for all.</summary>
    public sealed class Started : IDisposable
    {
        internal JupyterClient.Shared Shared { get; } = new();

        public void Dispose() => Shared.Dispose();
    }
}
