namespace NerfLab.Recipes;

/// <summary>
/// How much time a notebook may take: <c>quick</c> shows that it runs, <c>tutorial</c> gives the results that its text talks about,
/// <c>full</c> goes as far as is worth it. Comes from the environment variable <c>NERFLAB_PROFILE</c>; without it, tutorial.
/// </summary>
public static class Profile
{
    /// <summary>The environment variable that says which.</summary>
    public const string Variable = "NERFLAB_PROFILE";

    /// <summary>All of them, from short to long.</summary>
    public static IReadOnlyList<string> Names { get; } = ["quick", "tutorial", "full"];

    /// <summary>The one that holds here.</summary>
    /// <exception cref="BadInputException">The environment variable names another one.</exception>
    public static string Current => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" => "tutorial",
        var name when Names.Contains(name) => name,
        var other => throw new BadInputException($"{Variable}={other}: quick, tutorial or full is expected"),
    };

    /// <summary>The value for the profile that holds here: <c>Profile.Choose(quick: 200, tutorial: 2000, full: 20000)</c>.</summary>
    public static T Choose<T>(T quick, T tutorial, T full) => Current switch { "quick" => quick, "full" => full, _ => tutorial };
}
