namespace NerfLab.Data;

/// <summary>Which views are learned from and which are held out.</summary>
internal static class Splits
{
    /// <summary>Every so many views, in the order of their names and starting with the first, are test views; the others train.</summary>
    /// <param name="views">All views.</param>
    /// <param name="testEvery">See <see cref="SceneOptions.TestEvery"/>.</param>
    public static (List<View> Train, List<View> Test) Every(List<View> views, int testEvery)
    {
        var ordered = views.OrderBy(v => v.Name, StringComparer.Ordinal).ToList();
        var held = ordered.Where((_, i) => testEvery > 0 && i % testEvery == 0).ToHashSet();
        // A single view is better learned than held out.
        return ordered.Count == 1 ? (ordered, []) : (ordered.FindAll(v => !held.Contains(v)), ordered.FindAll(held.Contains));
    }

    /// <summary>The scene of a format that has no splits.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="folder">Where it was read from.</param>
    /// <param name="views">All views.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="extent">Where it is, from the views that are left to train on.</param>
    /// <param name="remarks">What the user should know; that there are no test views is added.</param>
    public static Scene Scene(string name, string folder, List<View> views, SceneOptions options, Func<List<View>, Extent> extent, IEnumerable<string> remarks)
    {
        var (train, test) = Every(views, options.TestEvery);
        var where = extent(train);
        return new Scene
        {
            Name = name,
            Folder = folder,
            Bounds = where.Bounds,
            Near = where.Near,
            Far = where.Far,
            Train = train,
            Test = test,
            Remarks = test.Count == 0 ? [.. remarks, SceneFile.NoTestViews] : [.. remarks],
        };
    }

    /// <summary>By the lists <c>train_filenames</c>, <c>val_filenames</c>, <c>test_filenames</c> of a file, or by <see cref="Every"/> where it has none of them.</summary>
    public static (List<View> Train, List<View> Val, List<View> Test) Of(JsonItem file, List<View> views, int testEvery)
    {
        HashSet<string>? Listed(string split) => file.Find($"{split}_filenames")?.Items.Select(i => SceneFile.NameOf(i.Text)).ToHashSet();
        var (train, val, test) = (Listed("train"), Listed("val"), Listed("test"));
        if (train is null && val is null && test is null)
        {
            var (most, held) = Every(views, testEvery);
            return (most, [], held);
        }
        var isVal = views.FindAll(v => val?.Contains(v.Name) == true);
        var isTest = views.FindAll(v => test?.Contains(v.Name) == true);
        return (views.FindAll(v => train?.Contains(v.Name) ?? !(isVal.Contains(v) || isTest.Contains(v))), isVal, isTest);
    }
}
