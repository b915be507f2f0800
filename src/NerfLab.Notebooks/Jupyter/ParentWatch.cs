using System.Runtime.InteropServices;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>Jupyter may die without a word; its kernels would then wait for ever.</summary>
internal static partial class ParentWatch
{
    /// <summary>The program that started this one, when it is Jupyter; otherwise 0.</summary>
    public static int Start() => OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("JPY_PARENT_PID") is { Length: > 0 } ? getppid() : 0;

    /// <summary>Whether it still lives: children of the dead belong to somebody else.</summary>
    public static bool Lives(int parent) => parent == 0 || getppid() == parent;

    [LibraryImport("libc")] private static partial int getppid();
}
