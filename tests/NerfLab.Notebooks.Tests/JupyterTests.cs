using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;

namespace NerfLab.Notebooks.Tests;

/// <summary>The kernel under Jupyter's own programs; environment/jupyter installs them.</summary>
public sealed class JupyterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ThePublicTestsOfKernelsPass()
    {
        var (code, said) = Run(Python("jupyter_kernel_test"), Source("protocol.py"), "nerflab");
        Assert.True(code == 0, said);
        Assert.Contains("Ran 12 tests", said);
        Assert.DoesNotContain("skipped", said);
    }

    [Fact]
    public void NbconvertRunsANotebookOfTheOldEngine()
    {
        var (code, said) = Run(Python("nbconvert"), "-m", "nbconvert", "--execute", "--to", "notebook", "--output", "done.ipynb", Notebook());
        Assert.True(code == 0, said);
        using var done = JsonDocument.Parse(File.ReadAllText(_folder["done.ipynb"]));
        var outputs = done.RootElement.GetProperty("cells").EnumerateArray().Skip(1).Select(c => c.GetProperty("outputs").EnumerateArray().Single()).ToArray();
        Assert.Equal(["execute_result", "stream", "display_data"], outputs.Select(o => o.GetProperty("output_type").GetString()));
        Assert.Equal("42", outputs[0].GetProperty("data").GetProperty("text/plain")[0].GetString());
        Assert.Equal("six is 6\n", outputs[1].GetProperty("text")[0].GetString());
        Assert.Equal(["image/png", "text/plain"], outputs[2].GetProperty("data").EnumerateObject().Select(m => m.Name).Order());
        Assert.Equal(".net-csharp", done.RootElement.GetProperty("metadata").GetProperty("kernelspec").GetProperty("name").GetString());
    }

    [Fact]
    public void NbconvertStopsAtAFailingCellAndSaysWhere()
    {
        File.WriteAllText(Notebook(), File.ReadAllText(Notebook()).Replace("six * 7", "seven * 7"));
        var (code, said) = Run(Python("nbconvert"), "-m", "nbconvert", "--execute", "--to", "notebook", "--output", "done.ipynb", Notebook());
        Assert.NotEqual(0, code);
        Assert.Contains("In[1]:4: CS0103: ", said);
        Assert.DoesNotContain("six is 6", said);
    }

    [Fact]
    public async Task JupyterNotebookOpensAndRunsANotebookInABrowser()
    {
        var chromium = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(chromium is null, "there is no chromium here: environment/jupyter installs it");
        var python = Python("notebook");
        Assert.SkipUnless(Run(python, "-c", "import notebook; assert int(notebook.__version__.split('.')[0]) < 7").Code == 0, "this test knows the pages of Jupyter Notebook 6");
        var notebook = Notebook();
        Install();

        var start = Start(python, "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={JupyterClient.NewConnection("").Shell}", "--NotebookApp.token=", $"--notebook-dir={_folder.Path}");
        using var server = Process.Start(start)!;
        try
        {
            string? address = null, line;
            var log = new List<string>();
            while (address is null && (line = await server.StandardError.ReadLineAsync()) is not null)
            {
                log.Add(line);
                int at = line.IndexOf("http://127.0.0.1:", StringComparison.Ordinal);
                if (at >= 0) address = line[at..].TrimEnd('/');
            }
            Assert.True(address is not null, string.Join('\n', log));
            _ = server.StandardError.ReadToEndAsync();
            _ = server.StandardOutput.ReadToEndAsync();

            using var playwright = await Playwright.CreateAsync();
            await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
            var page = await browser.NewPageAsync();
            page.SetDefaultTimeout(120_000);
            await page.GotoAsync($"{address}/notebooks/{Path.GetFileName(notebook)}");
            await page.WaitForFunctionAsync("window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel && Jupyter.notebook.kernel.info_reply.status == 'ok'");
            Assert.Equal(".NET (C#)", (await page.InnerTextAsync(".kernel_indicator_name")).Trim());
            await page.EvaluateAsync("Jupyter.notebook.execute_all_cells()");
            var picture = page.Locator(".output_png img");
            await picture.WaitForAsync();
            Assert.Equal("42", (await page.Locator(".output_result .output_text, .output_subarea.output_result").First.InnerTextAsync()).Trim());
            Assert.Equal("six is 6", (await page.Locator(".output_stdout").InnerTextAsync()).Trim());
            Assert.Equal(1, await picture.EvaluateAsync<int>("i => i.decode().then(() => i.naturalWidth)"));
            // Words of C# are coloured: the page knows the kernel's language.
            Assert.Equal("var", await page.Locator(".cm-keyword, .cm-type", new() { HasText = "var" }).First.InnerTextAsync());
            if (Environment.GetEnvironmentVariable("NERFLAB_TEST_PICTURES") is { Length: > 0 } pictures) await page.ScreenshotAsync(new() { Path = Path.Combine(pictures, "jupyter.png"), FullPage = true });
        }
        finally
        {
            using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {server.Id}"]);
            await kill.WaitForExitAsync();
            if (!server.WaitForExit(20_000)) server.Kill(entireProcessTree: true);
        }
    }

    private static string Source(string name) => Path.Combine(RealData.Root, "tests", "NerfLab.Notebooks.Tests", "Jupyter", name);

    /// <summary>A copy, as another program changes the file that it opens.</summary>
    private string Notebook()
    {
        if (!File.Exists(_folder["notebook.ipynb"])) File.Copy(Source("notebook.ipynb"), _folder["notebook.ipynb"]);
        return _folder["notebook.ipynb"];
    }

    private void Install()
    {
        JupyterClient.Need();
        CliProgram.Good("kernel", "install", "--prefix", _folder.Path);
    }

    /// <summary>A Python that has a module; the system's may hide behind another.</summary>
    private static string Python(string module)
    {
        foreach (var python in new[] { "python3", "/usr/bin/python3" })
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, ["-c", $"import {module}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
                process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode == 0) return python;
            }
            catch (System.ComponentModel.Win32Exception)
            {
            }
        }
        Assert.Skip($"no Python here has the module {module}: environment/jupyter installs it");
        return "";
    }

    private (int Code, string Said) Run(string program, params string[] arguments)
    {
        Install();
        using var process = Process.Start(Start(program, arguments))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return (process.ExitCode, output.Result + error.Result);
    }

    // Everything that Jupyter reads and writes lies in the test's folder.
    private ProcessStartInfo Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Path };
        foreach (var (name, folder) in new[] { ("JUPYTER_PATH", "share/jupyter"), ("JUPYTER_DATA_DIR", "data"), ("JUPYTER_CONFIG_DIR", "config"), ("JUPYTER_RUNTIME_DIR", "runtime"), ("IPYTHONDIR", "ipython") })
            start.Environment[name] = _folder[folder];
        return start;
    }
}
