using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NerfLab.Data;
using NerfLab.Recipes;

namespace NerfLab.Cli;

/// <summary>What all commands share: options, and how everything ends in an exit code and at most one line.</summary>
/// <remarks>0 done, 1 a failure of the program, 2 something given cannot be used, 130 interrupted.</remarks>
static class CommandLine
{
    /// <summary>Parses and runs; bare <c>nerflab</c> shows the help.</summary>
    public static int Start(Command root, string[] args)
    {
        try
        {
            var parsed = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (Complaint(root, parsed) is { } complaint) throw new BadInputException(complaint);
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e)
        {
            var (code, sentence) = Explained(e);
            Console.Error.WriteLine($"nerflab: {Regex.Replace(sentence, @"\s+", " ")}");
            if (Environment.GetEnvironmentVariable("NERFLAB_TRACE") == "1") Console.Error.WriteLine(e);
            return code;
        }
    }

    static (int Code, string Sentence) Explained(Exception e) => e switch
    {
        BadInputException => (2, e.Message),
        OperationCanceledException => (130, e.Message),
        DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException } =>
            (2, $"a library cannot be loaded ({(e.InnerException ?? e).Message}); environment/setup installs what is missing"),
        _ when e is OutOfMemoryException || (e is ExternalException && e.Message.Contains("memory", StringComparison.OrdinalIgnoreCase)) =>
            (2, "out of memory; fewer rays (--set batch.rays=256), fewer samples (--set batch.targetSamples=8192) or smaller pictures (--downscale 2) need less"),
        IOException or UnauthorizedAccessException => (2, $"{e.Message.TrimEnd('.')}; free some space or choose another folder"),
        _ => (1, $"{e.GetType().Name}: {e.Message.Split('\n')[0].TrimEnd('.')}; NERFLAB_TRACE=1 shows where"),
    };

    /// <summary>The first thing that is wrong with a command line, with the word that was perhaps meant; null when nothing is.</summary>
    static string? Complaint(Command root, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // A misspelt option is taken for an argument where there is room for one.
        var words = parsed.Tokens.Where(t => t.Type == TokenType.Argument).Select(t => t.Value);
        if (words.FirstOrDefault(w => w.Length > 1 && w[0] == '-' && !char.IsAsciiDigit(w[1])) is { } option)
            return $"{option}: unknown option{Spelling.Suggest(option, command.Options.Select(o => o.Name).Append("--help"))}";
        if (parsed.UnmatchedTokens is [var word, ..])
            return command.Subcommands.Count > 0 ? $"{word}: unknown command{Spelling.Suggest(word, command.Subcommands.Select(c => c.Name))}"
                : $"{word}: one word too many; nerflab {command.Name} --help shows what is expected";
        return parsed.Errors is [var error, ..] ? error.Message.TrimEnd('.') : null;
    }

    /// <summary>An option with a number; null when it is not given.</summary>
    public static Option<T?> Number<T>(string name, string unit, string description, T least) where T : struct, INumber<T>
    {
        var expected = (T.IsInteger(T.One / (T.One + T.One)) ? "a whole number" : "a number") + FormattableString.Invariant($" from {least} upwards is expected");
        return new Option<T?>(name)
        {
            HelpName = unit,
            Description = description,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && T.IsFinite(value) && value >= least) return value;
                result.AddError($"{name} {text}: {expected}");
                return null;
            },
        };
    }

    /// <summary>An option with a text; null when it is not given.</summary>
    public static Option<string?> Text(string name, string what, string description) => new(name) { HelpName = what, Description = description };

    /// <summary>An option that is given or not.</summary>
    public static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    /// <summary>A scene as a recipe names it: the folder's whole path, or the word embedded.</summary>
    public static string WholePath(string scene) => scene == SceneFile.Embedded ? scene : Path.TrimEndingDirectorySeparator(Path.GetFullPath(scene));

    /// <summary>What folders of results call a scene.</summary>
    public static string NameOfScene(string scene) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(scene)));

    /// <summary>Complains unless a folder can be made, or is there and empty.</summary>
    public static void ExpectNew(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new BadInputException($"{folder}: exists already; a new or empty folder is expected");
    }

    /// <summary>Where to compute.</summary>
    public static Option<string?> Device() => Text("--device", "cpu|cuda|auto", "Where to compute; auto takes the GPU where there is one. cuda:1 is the second GPU. [default: auto]");

    /// <summary>Only the summary.</summary>
    public static Option<bool> Quiet() => Switch("--quiet", "No progress, only the result.");

    /// <summary>The device that a text means.</summary>
    /// <exception cref="BadInputException">There is no such device.</exception>
    public static TorchSharp.torch.Device Choose(string? device)
    {
        switch (device)
        {
            case "cpu": return TorchSharp.torch.CPU;
            case null or "auto": return TorchSharp.torch.cuda_is_available() ? TorchSharp.torch.CUDA : TorchSharp.torch.CPU;
            case "cuda": break;
            default:
                if (Regex.IsMatch(device, @"^cuda:\d{1,3}$")) break;
                throw new BadInputException($"--device {device}: cpu, cuda or auto is expected");
        }
        int count = TorchSharp.torch.cuda_is_available() ? TorchSharp.torch.cuda.device_count() : 0;
        if (count == 0) throw new BadInputException($"--device {device}: this libtorch finds no GPU; use --device cpu");
        int index = device == "cuda" ? 0 : int.Parse(device.AsSpan(5), CultureInfo.InvariantCulture);
        return index < count ? TorchSharp.torch.device(DeviceType.CUDA, index) : throw new BadInputException($"--device {device}: there are {count} GPUs, numbered from 0");
    }
}
