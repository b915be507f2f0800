using System.CommandLine;
using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;
using static NerfLab.Cli.CommandLine;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary><c>nerflab info</c>: what this machine and this build offer.</summary>
static class InfoCommand
{
    static readonly Option<bool> Json = Switch("--json", "As JSON.");

    public static Command Create()
    {
        var command = new Command("info", "Show versions, devices, threads, the BLAS in use, picture libraries and kernels.") { Json };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        var facts = Facts();
        if (given.GetValue(Json))
        {
            Console.WriteLine(JsonSerializer.Serialize(facts.ToDictionary(f => f.Key, f => f.Value), new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
            return 0;
        }
        foreach (var (key, value) in facts)
            Console.WriteLine($"{key,-10} {value switch { IEnumerable<string> several => string.Join("\n           ", several), double number => FormattableString.Invariant($"{number:0.0}"), _ => value }}");
        return 0;
    }

    /// <summary>The program's version, without the commit behind it.</summary>
    public static string Version => typeof(InfoCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The processor's name as the system gives it.</summary>
    public static string Processor => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString()
        : RuntimeInformation.ProcessArchitecture.ToString();

    static List<(string Key, object Value)> Facts()
    {
        double gflops = MachineSpeed.MatrixProduct(1024) / 1e9; // first: it makes libtorch load its BLAS
        var best = Kernels.Kernels.Best(cuda_is_available() ? CUDA : CPU);
        return
        [
            ("nerflab", Version),
            ("runtime", $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}"),
            ("libtorch", $"{__version__} ({Mapped("libtorch_cpu").FirstOrDefault() ?? "path unknown"})"),
            ("devices", cuda_is_available() ? (string[])["cpu", .. Enumerable.Range(0, cuda.device_count()).Select(i => $"cuda:{i}")] : ["cpu"]),
            ("processor", $"{Processor}, {Environment.ProcessorCount} threads for this process"),
            ("simd", Simd),
            ("threads", $"{get_num_threads()} within an operator, {get_num_interop_threads()} between operators"),
            ("blas", Blas()),
            ("sgemm", $"{gflops:0} GFLOP/s (1024x1024x1024, float32, cpu)"),
            ("kernels", $"{best.Kernels.Name}: {best.Why}"),
            ("memory", FormattableString.Invariant($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1073741824.0:0.0} GiB for this process")),
            ("pictures", Pictures()),
            ("ffmpeg", Film.Version ?? "not found; films are made only where it is installed"),
        ];
    }

    static string Simd => string.Join(", ", new (string Name, bool Has)[]
    {
        ("512 bits", Vector512.IsHardwareAccelerated), ("256 bits", Vector256.IsHardwareAccelerated), ("128 bits", Vector128.IsHardwareAccelerated),
        ("AVX-512F", Avx512F.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported),
    }.Where(s => s.Has).Select(s => s.Name).DefaultIfEmpty("none"));

    /// <summary>The file that matrix products come from, and what kind of BLAS it is.</summary>
    static string Blas()
    {
        var files = Mapped("blas", "libmkl", "blis", "libatlas");
        // The interface library of Debian's alternatives forwards to nothing: where an OpenBLAS is mapped it does the work.
        if ((files.FirstOrDefault(f => f.Contains("openblas")) ?? files.FirstOrDefault()) is not { } file) return "inside libtorch (no BLAS library is loaded)";
        var name = Path.GetFileName(file);
        var kind = file switch
        {
            _ when file.Contains("openblas-openmp") || name.StartsWith("libopenblaso", StringComparison.Ordinal) => "OpenBLAS, OpenMP threads: the one that goes with libtorch",
            _ when file.Contains("openblas-pthread") || name.StartsWith("libopenblasp", StringComparison.Ordinal) => "OpenBLAS, its own threads: they fight with libtorch's; the package libopenblas0-openmp is faster",
            _ when file.Contains("openblas-serial") => "OpenBLAS, one thread: the package libopenblas0-openmp is faster",
            _ when file.Contains("openblas") => "OpenBLAS",
            _ when file.Contains("mkl") => "Intel MKL",
            _ when file.Contains("blis") => "BLIS",
            _ when file.Contains("atlas") => "ATLAS",
            _ => "the reference BLAS: slow; the package libopenblas0-openmp is many times faster",
        };
        return $"{kind} ({file})";
    }

    static string[] Pictures()
    {
#if IMAGES_PACKAGE
        return ["ImageSharp"];
#else
        return [Found("libspng.so.0", "PNG", "libspng0"), Found("libturbojpeg.so.0", "JPEG", "libturbojpeg0")];

        static string Found(string library, string format, string package) =>
            NativeLibrary.TryLoad(library, out _) ? $"{format}: {Mapped(library.Split('.')[0]).FirstOrDefault() ?? library}" : $"{format}: {library} is missing; install the package {package}";
#endif
    }

    /// <summary>Loaded libraries whose file names contain one of these words.</summary>
    static List<string> Mapped(params string[] words)
    {
        if (!File.Exists("/proc/self/maps")) return [];
        return [.. File.ReadLines("/proc/self/maps").Select(l => l.IndexOf('/') is >= 0 and var at ? l[at..] : "").Distinct()
            .Where(f => words.Any(w => Path.GetFileName(f).Contains(w, StringComparison.Ordinal) && f.Contains(".so", StringComparison.Ordinal)))];
    }
}
