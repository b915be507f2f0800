namespace NerfLab.Data;

/// <summary>A scene to learn: cameras with their pictures in three splits, and the part of the world that matters.</summary>
public sealed record Scene
{
    /// <summary>What to call it: the folder's name, or <c>embedded</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where it was read from; null for a scene that is generated.</summary>
    public string? Folder { get; init; }

    /// <summary>The box outside of which nothing needs to be represented, in the world units of the file.</summary>
    public required Box Bounds { get; init; }

    /// <summary>Distance along a ray of unit direction at which the scene can begin, in world units; above 0.</summary>
    public required float Near { get; init; }

    /// <summary>Distance along a ray of unit direction at which the scene ends, in world units; above <see cref="Near"/>.</summary>
    public required float Far { get; init; }

    /// <summary>The views to learn from; at least one.</summary>
    public required IReadOnlyList<View> Train { get; init; }

    /// <summary>The views to choose settings with; may be empty.</summary>
    public IReadOnlyList<View> Val { get; init; } = [];

    /// <summary>The views to report figures on; may be empty.</summary>
    public IReadOnlyList<View> Test { get; init; } = [];

    /// <summary>Whether the photographs were taken from one side, looking the same way, so that the scene has no end behind: normalised device coordinates suit it.</summary>
    public bool ForwardFacing { get; init; }

    /// <summary>Points that were seen in several photographs when the poses were found, in world units; empty where the format has none.</summary>
    public IReadOnlyList<ScenePoint> Points { get; init; } = [];

    /// <summary>Whether pictures have an alpha channel, so that any background can be put behind them.</summary>
    public bool HasAlpha => Views.Any(v => v.HasAlpha);

    /// <summary>How many listed frames were left out because their picture does not exist.</summary>
    public int Skipped { get; init; }

    /// <summary>What the user should know about how the scene was read, one line each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>All views: train, then val, then test.</summary>
    public IEnumerable<View> Views => Train.Concat(Val).Concat(Test);

    /// <summary>The same scene with its pictures in memory once they have been read, see <see cref="View.Kept"/>: for several trainings on a scene that is generated.</summary>
    public Scene Kept()
    {
        return this with { Train = Each(Train), Val = Each(Val), Test = Each(Test) };

        static IReadOnlyList<View> Each(IReadOnlyList<View> views) => [.. views.Select(v => v.Kept())];
    }

    /// <summary>The views of a split by its name.</summary>
    /// <param name="split"><c>train</c>, <c>val</c> or <c>test</c>.</param>
    /// <exception cref="BadInputException">There is no such split.</exception>
    public IReadOnlyList<View> Split(string split) => split switch
    {
        "train" => Train,
        "val" => Val,
        "test" => Test,
        _ => throw new BadInputException($"split {split}: train, val or test is expected"),
    };
}

/// <summary>A point on a surface of the scene.</summary>
/// <param name="Position">World units.</param>
/// <param name="Red">Of its colour, 0 to 255.</param>
/// <param name="Green">Of its colour, 0 to 255.</param>
/// <param name="Blue">Of its colour, 0 to 255.</param>
public readonly record struct ScenePoint(System.Numerics.Vector3 Position, byte Red, byte Green, byte Blue);

/// <summary>How to read a scene.</summary>
/// <param name="Downscale">
/// Pictures are made this many times smaller in each direction when they are read; 1 leaves them as they are, 1 to 64. LLFF and COLMAP
/// scenes may have folders of smaller pictures (<c>images_4</c>): the largest factor up to this one is read, and what is missing is made up.
/// </param>
/// <param name="TestEvery">Every how many views, in the order of the file names and starting with the first, one is held out as test where the file does not say; 0 holds out none.</param>
/// <param name="Embedded">How to make the embedded scene.</param>
public sealed record SceneOptions(float Downscale = 1, int TestEvery = 8, EmbeddedOptions? Embedded = null)
{
    internal void Check()
    {
        if (!(Downscale is >= 1 and <= 64)) throw new BadInputException(FormattableString.Invariant($"downscale {Downscale}: a factor from 1 to 64 is expected"));
        if (TestEvery is < 0 or 1) throw new BadInputException($"test-every {TestEvery}: 0 (none) or a number from 2 upwards is expected");
    }
}
