namespace NerfLab.Notebooks.Tests;

/// <summary>The notebooks that belong to the project: whole, and running.</summary>
public class OwnNotebookTests
{
    static string Folder => Path.Combine(RealData.Root, "notebooks");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.ipynb").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void NothingIsWrongWithTheFile(string name) => Assert.Empty(NotebookCheck.Faults(Path.Combine(Folder, name)));

    [Theory]
    [MemberData(nameof(Names))]
    public void OutputsOfTheTutorialAreKept(string name)
    {
        var cells = NotebookFile.Read(Path.Combine(Folder, name)).CodeCells().ToList();
        Assert.All(cells, c => Assert.NotNull(c.Cell.ExecutionCount));
        Assert.Contains(cells, c => c.Cell.Outputs.Any(o => o["data"]?["image/png"] is not null));
    }

    /// <summary>Each closes with a cell that throws when its results are worse than they should be.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void ItRunsInTheQuickProfile(string name) => CliProgram.Good("notebook", "run", Path.Combine(Folder, name), "--profile", "quick", "--quiet");
}
