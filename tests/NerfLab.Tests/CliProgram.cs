using System.Diagnostics;

namespace NerfLab.Tests;

/// <summary>The built nerflab, started as a program of its own.</summary>
internal sealed class CliProgram : IDisposable
{
    /// <summary>A field that learns from 16x16 pixels in milliseconds: everything about it is small.</summary>
    public static readonly string[] Tiny =
    [
        "--downscale", "8", "--set", "batch.rays=64", "--set", "batch.targetSamples=1024", "--set", "sampler.resolution=16", "--set", "sampler.steps=32",
        "--set", "field.levels=2", "--set", "field.log2TableSize=10", "--set", "field.finest=32", "--set", "field.width=16",
    ];

    private readonly Process _process;
    private readonly Task<string> _output, _error;

    private CliProgram(IEnumerable<string> arguments, IEnumerable<string> environment)
    {
        // A shell's background jobs ignore SIGINT, and so would everything started from there.
        _process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", .. environment, "dotnet", Path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        (_output, _error) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    /// <summary>Of the same configuration as the tests.</summary>
    private static string Path => System.IO.Path.Combine(RealData.Root, "artifacts", "bin", "NerfLab.Cli",
        System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "NerfLab.Cli.dll");

    public static CliProgram Start(params IEnumerable<string> arguments) => new(arguments, []);

    /// <summary>Runs to an end that should be good, with variables such as <c>NAME=value</c>.</summary>
    public static void GoodWith(IEnumerable<string> environment, params IEnumerable<string> arguments)
    {
        using var program = new CliProgram(arguments, environment);
        var (code, _, error) = program.Ended();
        Assert.True(code == 0, $"exit code {code}: {error}");
    }

    public static (int Code, string Output, string Error) Outcome(params IEnumerable<string> arguments)
    {
        using var program = Start(arguments);
        return program.Ended();
    }

    /// <summary>Runs to an end that should be good.</summary>
    public static string Good(params IEnumerable<string> arguments)
    {
        var (code, output, error) = Outcome(arguments);
        Assert.True(code == 0, $"exit code {code}: {error}");
        Assert.Equal("", error);
        return output;
    }

    /// <summary>Runs to an end with exit code 2 and one line, which is handed back.</summary>
    public static string Complaint(params IEnumerable<string> arguments)
    {
        var (code, _, error) = Outcome(arguments);
        Assert.True(code == 2, $"exit code {code}: {error}");
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("nerflab: ", error);
        return error;
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Sends a signal by its name.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {_process.Id}"]);
        kill.WaitForExit();
    }

    public (int Code, string Output, string Error) Ended()
    {
        _process.WaitForExit();
        return (_process.ExitCode, _output.Result, _error.Result);
    }

    /// <summary>Waits until something has happened; a program that ends before is an error.</summary>
    public void Await(Func<bool> happened)
    {
        for (int i = 0; i < 3000 && !happened(); i++)
        {
            if (HasEnded) Assert.Fail($"ended too early: {Ended()}");
            Thread.Sleep(10);
        }
        Assert.True(happened(), "nothing happened for half a minute");
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
