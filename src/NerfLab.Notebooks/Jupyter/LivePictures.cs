using NerfLab.Plotting;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>Pictures that change while a cell computes: each is shown once, and then exchanged in its place.</summary>
internal sealed class LivePictures : ILiveDisplay
{
    public void Show(string id, byte[] png, string text) => Say(id, png, text, replaces: false);

    public void Update(string id, byte[] png, string text) => Say(id, png, text, replaces: true);

    private static void Say(string id, byte[] png, string text, bool replaces)
    {
        var forms = new Dictionary<string, string> { ["image/png"] = Convert.ToBase64String(png), [ValueFormatter.Plain] = text };
        CellConsole.Say(output => output.Show(new(forms, id, replaces, IsResult: false)));
    }
}
