using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace NerfLab.Notebooks;

/// <summary>A NuGet package that a cell asks for with <c>#r "nuget: Name, 1.2.3"</c>: fetched by the SDK, laid out flat with all that it needs.</summary>
/// <param name="Assemblies">Paths of the assemblies.</param>
internal sealed partial record PackageReference(IReadOnlyList<string> Assemblies)
{
    /// <summary>Fetches a package, or finds it where an earlier session put it.</summary>
    /// <param name="given">A name, and after a comma a version; the newest without one.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="BadInputException">It is not reachable, or there is none.</exception>
    public static async Task<PackageReference> Find(string given, CancellationToken stop)
    {
        var parts = given.Split(',', StringSplitOptions.TrimEntries);
        var (name, version) = (parts[0], parts.ElementAtOrDefault(1) ?? "*");
        if (parts.Length > 2 || !Name().IsMatch(name) || !Version().IsMatch(version)) throw new BadInputException("nuget: Name, 1.2.3 is expected");
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "nerflab", "packages", $"{name.ToLowerInvariant()}-{version.Replace('*', 'x')}");
        // A version that is not said means the newest, which may be another one by now.
        if (!Directory.Exists(cache) || version.Contains('*')) await Fetch(name, version, cache, stop).ConfigureAwait(false);
        return new([.. Directory.EnumerateFiles(cache, "*.dll").Where(IsAssembly).Order(StringComparer.Ordinal)]);
    }

    private static async Task Fetch(string name, string version, string cache, CancellationToken stop)
    {
        var work = Directory.CreateTempSubdirectory("nerflab-package-").FullName;
        try
        {
            // Files of the folders above would change what is built.
            foreach (var file in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"]) await File.WriteAllTextAsync(Path.Combine(work, file), "<Project />", stop).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(work, "package.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <TargetFramework>net{Environment.Version.Major}.{Environment.Version.Minor}</TargetFramework>
                    <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
                    <SelfContained>false</SelfContained>
                    <CopyLocalLockFileAssemblies>true</CopyLocalLockFileAssemblies>
                    <GenerateDependencyFile>false</GenerateDependencyFile>
                    <NuGetAudit>false</NuGetAudit>
                  </PropertyGroup>
                  <ItemGroup><PackageReference Include="{name}" Version="{version}" /></ItemGroup>
                </Project>
                """, stop).ConfigureAwait(false);
            var output = Path.Combine(work, "out");
            var (code, text) = await Dotnet(["build", work, "-o", output, "--disable-build-servers", "-v", "quiet", "-clp:NoSummary"], stop).ConfigureAwait(false);
            if (code != 0) throw new BadInputException($"the package cannot be fetched ({Reason(text)})");
            foreach (var own in Directory.EnumerateFiles(output, "package.*")) File.Delete(own);
            if (Directory.Exists(cache)) Directory.Delete(cache, recursive: true);
            Directory.CreateDirectory(Path.GetDirectoryName(cache)!);
            Copy(output, cache + ".new");
            Directory.Move(cache + ".new", cache);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BadInputException("packages are fetched by the .NET SDK, and there is no dotnet here", e);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<(int Code, string Text)> Dotnet(string[] arguments, CancellationToken stop)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
        try
        {
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return (process.ExitCode, await output.ConfigureAwait(false) + await error.ConfigureAwait(false));
    }

    // The temporary folder becomes another disk's: it cannot be renamed to there.
    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static string Reason(string text) =>
        text.Split('\n').FirstOrDefault(l => l.Contains("error", StringComparison.Ordinal)) is { } line ? Noise().Replace(line[(line.IndexOf("error", StringComparison.Ordinal) + 5)..], "").Trim(' ', ':', '.', '\r') : "dotnet build failed";

    private static bool IsAssembly(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false; // a native library
        }
    }

    [GeneratedRegex(@"^[\w.-]{1,100}$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[\w.*+-]{1,60}$")]
    private static partial Regex Version();

    [GeneratedRegex(@"\s*\[[^\]]*\]\s*$")]
    private static partial Regex Noise();
}
