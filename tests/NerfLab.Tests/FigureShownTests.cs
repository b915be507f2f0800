using System.Reflection;
using NerfLab.Imaging;
using NerfLab.Plotting;
using TorchSharp;

namespace NerfLab.Tests;

/// <summary>Figures in notebooks: engines find the formatters by names alone, and so does this test.</summary>
public class FigureShownTests
{
    public static TheoryData<object> Shown => new()
    {
        new Figure("f").Line("a", [1, 2]), new SpaceFigure("s").Line("ray", [default, System.Numerics.Vector3.One]), new ImageGrid("g").Add(new Bitmap(4, 3, 3), "c"), new FigureGrid(new Figure("a"), new Figure("b")),
        new FilmStrip("t").Add(new Bitmap(4, 3, 3)), new ImageView(new Bitmap(4, 3, 1)), new DepthView(torch.ones(3, 4)), new NormalView(torch.ones(3, 4, 3)), new CompareView(torch.ones(3, 4, 3), torch.zeros(3, 4, 3)),
        new Bitmap(4, 3, 3), new Image(torch.ones(3, 4, 3)), Figure.Live("l", "x", "y"),
    };

    /// <summary>What an engine makes of a value, by the convention of .NET Interactive.</summary>
    sealed class Engine
    {
        public string[] Preferred { get; }

        public Dictionary<string, MethodInfo> Formats { get; } = [];

        readonly Dictionary<string, object> _formatters = [];

        public Engine(Type type)
        {
            var attribute = Assert.Single(type.GetCustomAttributes(inherit: true), a => a.GetType().Name == "TypeFormatterSourceAttribute");
            var source = Activator.CreateInstance((Type)Property(attribute, "FormatterSourceType")!)!;
            Preferred = (string[])Property(attribute, "PreferredMimeTypes")!;
            foreach (var formatter in (IEnumerable<object>)source.GetType().GetMethod("CreateTypeFormatters", [])!.Invoke(source, [])!)
            {
                var mime = (string)Property(formatter, "MimeType")!;
                _formatters.Add(mime, formatter);
                Formats.Add(mime, Assert.Single(formatter.GetType().GetMethods(), m => m.Name == "Format"));
            }
        }

        public string Show(string mime, object value)
        {
            var writer = new StringWriter();
            Assert.Equal(true, Formats[mime].Invoke(_formatters[mime], [value, writer])); // "false" of a picture's formatter would be an empty picture
            return writer.ToString();
        }

        static object? Property(object owner, string name) => owner.GetType().GetProperty(name)!.GetValue(owner);
    }

    [Theory]
    [MemberData(nameof(Shown))]
    public void AnEngineShowsAPictureAndALineOfText(object value)
    {
        var engine = new Engine(value.GetType());
        Assert.Equal(["image/png", "text/plain"], engine.Preferred);
        Assert.All(engine.Preferred, mime => Assert.Contains(mime, engine.Formats.Keys)); // without a formatter an engine calls itself until it dies
        Assert.All(engine.Formats.Values, f => Assert.Equal([typeof(object), typeof(TextWriter)], f.GetParameters().Select(p => p.ParameterType)));
        Assert.All(engine.Formats.Values, f => Assert.Equal(typeof(bool), f.ReturnType));

        var picture = ImageFile.Decode(Convert.FromBase64String(engine.Show("image/png", value)), "notebook");
        Assert.InRange(picture.Width, 100, 1600);
        var text = engine.Show("text/plain", value);
        Assert.InRange(text.Length, 5, 300);
        Assert.DoesNotContain("NerfLab.Plotting", text);
        Assert.InRange(text.Split('\n').Length, 1, 2);
        Assert.StartsWith("<img src=\"data:image/png;base64,", engine.Show("text/html", value));
    }

    [Theory]
    [MemberData(nameof(Shown))]
    public void EveryShownTypeMakesItsOwnHtml(object value)
    {
        if (value is Bitmap or Image) return; // they are data, and know nothing of pages
        var html = (string)value.GetType().GetMethod("ToHtml", [])!.Invoke(value, [])!;
        Assert.Contains("data:image/png;base64,", html);
    }

    [Fact]
    public void EveryVisualIsMarkedItself()
    {
        var visuals = typeof(Visual).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Visual))).ToList();
        Assert.True(visuals.Count >= 9);
        Assert.All(visuals, t => Assert.True(t.IsSealed && t.GetCustomAttributes(typeof(TypeFormatterSourceAttribute), inherit: false).Length == 1, t.Name));
        // An engine does not look at interfaces, so nothing may rely on one.
        Assert.All(typeof(Visual).Assembly.GetTypes().Where(t => t.IsInterface), t => Assert.Empty(t.GetCustomAttributes(typeof(TypeFormatterSourceAttribute), false)));
    }

    [Fact]
    public void AnotherValueIsShownAsItsTextAndNeverRefused()
    {
        var engine = new Engine(typeof(Figure));
        Assert.Equal("12", engine.Show("text/plain", 12));
        Assert.Equal("", engine.Show("image/png", 12));
    }

    [Fact]
    public void ALiveFigureSaysALineForEveryNPoints()
    {
        var output = new StringWriter();
        var live = new LiveFigure(new Figure("Training") { X = "step", Y = "PSNR (dB)" }, 100) { Output = output };
        for (int step = 0; step < 250; step++) live.Add(step, 20 + step / 100.0);
        Assert.Equal(["step 0: PSNR (dB) 20", "step 100: PSNR (dB) 21", "step 200: PSNR (dB) 22", ""], output.ToString().Split(Environment.NewLine));
        Assert.Equal("Figure: Training; 250 points, 20 … 22.49", live.ToString());
    }

    [Fact]
    public void AHostReplacesThePictureOfALiveFigure()
    {
        var (display, output) = (new Recorder(), new StringWriter());
        Live.Display = display;
        try
        {
            var live = new LiveFigure(new Figure("Training") { X = "step" }, 2) { Output = output };
            for (int step = 0; step < 5; step++) live.Add(step, ("train", step), ("test", 2.5));
        }
        finally
        {
            Live.Display = null;
        }
        Assert.Equal(["show", "update", "update"], display.Calls.Select(c => c.What));
        Assert.Single(display.Calls.Select(c => c.Id).Distinct());
        Assert.Equal("train 4  test 2.5", display.Calls[^1].Text);
        Assert.All(display.Calls, c => Assert.Equal(1600, ImageFile.Decode(c.Png, "live").Width));
        Assert.Equal("", output.ToString());
    }

    sealed class Recorder : ILiveDisplay
    {
        public List<(string What, string Id, byte[] Png, string Text)> Calls { get; } = [];

        public void Show(string id, byte[] png, string text) => Calls.Add(("show", id, png, text));

        public void Update(string id, byte[] png, string text) => Calls.Add(("update", id, png, text));
    }

    [Fact]
    public void TrainingKeepsALivePage()
    {
        using var folder = new TemporaryFolder();
        CliProgram.Good(["train", "embedded", .. CliProgram.Tiny, "--steps", "6", "--live", "--out", folder["run"], "--device", "cpu"]);
        var page = File.ReadAllText(Path.Combine(folder["run"], "live.html"));
        Assert.Contains("6 steps", page);
        Assert.Contains("ended", page);
        Assert.DoesNotContain("http-equiv", page); // nothing changes any more
        Assert.Equal(3, page.Split("<svg xmlns").Length);
    }
}
