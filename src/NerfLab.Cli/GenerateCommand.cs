using System.CommandLine;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using NerfLab.Data;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab data generate</c>: scenes and data sets out of nothing, or out of meshes and voxels.</summary>
static class GenerateCommand
{
    const string SettingsFile = "generated.json", DefaultFormat = "blender";

    static readonly Argument<string> What = new("WHAT") { Description = $"What to render: {GeneratedSource.Known}." };
    static readonly Argument<string> Into = new("OUT") { Description = "The folder to make. A folder that was left before all objects were there is completed by the same command." };
    static readonly Option<int?> Objects = Number("--objects", "N", "How many members of a category or file of voxels, each in a folder of its own. [default: 1 of a category, all of a file]", 1);
    static readonly Option<int?> Views = Number("--views", "V", "Views to learn from, of each object. [default: 100, of categories 50]", 1);
    static readonly Option<int?> TestViews = Number("--test-views", "T", "Views to report figures on, between the others. [default: a tenth of --views; none in formats without splits]", 0);
    static readonly Option<int?> Size = Number("--size", "S", "Columns and rows of every picture, 8 to 4096. [default: 128, of meshes and voxels 200]", 8);
    static readonly Option<long?> Seed = Number("--seed", "K", "Other objects for every number. [default: 0]", 0L);
    static readonly Option<string?> To = Text("--to", SceneFormat.Names, $"The format. [default: {DefaultFormat}]");
    static readonly Option<bool> Scatter = Switch("--scatter", "Draw cameras at random, others for each object, instead of spreading them evenly.");
    static readonly Option<bool> Depth = Switch("--depth", "Also write exact depth: depth/*.npy, float32, distance along the ray.");
    static readonly Option<bool> Normals = Switch("--normals", "Also write normals: normals/*.png, (n + 1) / 2 in world coordinates.");
    static readonly Option<bool> Masks = Switch("--masks", "Also write masks: masks/*.png, the number of the object in each pixel, 0 for nothing.");
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("generate", "Render a category of objects, a scene recipe, a mesh or voxels as scenes.") { What, Into, Objects, Views, TestViews, Size, Seed, To, Scatter, Depth, Normals, Masks, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        string into = given.GetRequiredValue(Into), name = given.GetValue(To) ?? DefaultFormat;
        var format = SceneFormat.Find(name);
        var seed = given.GetValue(Seed) ?? 0;
        var source = GeneratedSource.Open(given.GetRequiredValue(What), seed);
        var wanted = given.GetValue(Objects);
        if (wanted > source.Count) throw new BadInputException($"--objects {wanted}: {source.Name} has {source.Count}");
        foreach (var remark in source.Remarks) screen.Note(remark);
        int count = wanted ?? source.Count ?? 1;
        bool single = source.Count == 1 && wanted is null;
        if (single) ExpectNew(into);
        else Claim(given, into);

        GeneratedScene Member(int i)
        {
            var member = source.Member(i);
            return member with { Cameras = Adjusted(member.Cameras, given, format.Splits, seed, i) };
        }

        var first = Member(0).Cameras;
        long pictures = (long)count * (first.Train + first.Val + first.Test), done = 0;
        int skipped = 0;
        var progress = new Lock();
        screen.Begin();
        try
        {
            Parallel.For(0, count, (i, loop) =>
            {
                if (stop.Requested) loop.Stop();
                if (loop.IsStopped) return;
                var member = Member(i);
                var folder = single ? into : Path.Combine(into, member.Name);
                if (!single && Directory.Exists(folder))
                {
                    Interlocked.Increment(ref skipped);
                    Interlocked.Add(ref done, first.Train + first.Val + first.Test);
                    return;
                }
                GeneratedFiles.Write(member, folder, format.Write, given.GetValue(Depth), given.GetValue(Normals), given.GetValue(Masks), () =>
                {
                    stop.Check(single ? "nothing was written" : $"{into} holds what was done, the same command goes on");
                    long now = Interlocked.Increment(ref done);
                    lock (progress) screen.Progress("pictures", (double)now / pictures, () => $"{now}/{pictures}");
                });
            });
        }
        catch (AggregateException e)
        {
            // Of several threads the first one says why.
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
        var seconds = screen.End();
        stop.Check($"{into} holds what was done, the same command goes on");
        if (skipped > 0) screen.Note($"{skipped} of {count} objects were there already");
        var made = (count - skipped, pictures - skipped * (long)(first.Train + first.Val + first.Test));
        screen.Result(single
            ? FormattableString.Invariant($"{into}: {made.Item2} views of {source.Name} in {name}'s format, {Screen.Time(seconds)}")
            : FormattableString.Invariant($"{into}: {count} {(source.Count is null ? source.Name : "objects")} of {first.Train + first.Val + first.Test} views in {name}'s format, {Screen.Time(seconds)}{(made.Item1 > 0 ? FormattableString.Invariant($", {made.Item1 / seconds:0.##} objects/s") : "")}"));
        return 0;
    }

    static CameraSpec Adjusted(CameraSpec cameras, ParseResult given, bool splits, long seed, int number)
    {
        int train = given.GetValue(Views) ?? cameras.Train;
        cameras = cameras with
        {
            Train = train,
            Val = 0,
            Test = given.GetValue(TestViews) ?? (splits ? int.Max(1, train / 10) : 0),
            Size = given.GetValue(Size) ?? cameras.Size,
            Seed = given.GetValue(Scatter) ? (long)RandomStream.Seed(seed, number) : cameras.Seed,
        };
        return cameras.Complaint() is { } complaint ? throw new BadInputException(complaint) : cameras;
    }

    // Only a folder of the same making is gone on with.
    static void Claim(ParseResult given, string into)
    {
        if (File.Exists(into)) throw new BadInputException($"{into}: a file is in the way; name a folder");
        var settings = JsonSerializer.Serialize(new
        {
            what = given.GetRequiredValue(What), views = given.GetValue(Views), testViews = given.GetValue(TestViews), size = given.GetValue(Size), seed = given.GetValue(Seed) ?? 0,
            to = given.GetValue(To) ?? DefaultFormat, scatter = given.GetValue(Scatter), depth = given.GetValue(Depth), normals = given.GetValue(Normals), masks = given.GetValue(Masks),
        }, new JsonSerializerOptions { WriteIndented = true });
        var file = Path.Combine(into, SettingsFile);
        if (File.Exists(file))
        {
            if (File.ReadAllText(file) != settings) throw new BadInputException($"{into}: was made with other settings ({SettingsFile} has them); repeat these to go on, or choose another folder");
        }
        else
        {
            ExpectNew(into);
            AtomicFile.Write(file, settings);
        }
    }
}
