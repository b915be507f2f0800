namespace NerfLab.Notebooks.Tests;

public class ValueTests
{
    public sealed record Point(double X, float Y, string? Name = null);

    public sealed class Plain
    {
        public int A { get; init; } = 1;

        public int Bad => throw new InvalidOperationException();
    }

    public enum Color { Red }

    public static TheoryData<object?, string> Values => new()
    {
        { null, "null" }, { 1.5, "1.5" }, { 0.1f, "0.1" }, { 12345678, "12345678" }, { 'c', "c" }, { true, "True" }, { "a\nb", "a\nb" }, { Color.Red, "Red" },
        { new[] { 1, 2 }, "[1, 2]" }, { new List<string> { "a" }, "[\"a\"]" }, { Array.Empty<int>(), "[]" }, { new[,] { { 1, 2 }, { 3, 4 } }, "[[1, 2],\n [3, 4]]" },
        { (1, "a"), "(1, \"a\")" }, { new SortedDictionary<string, int> { ["a"] = 1 }, "{ \"a\": 1 }" },
        { new Point(0.5, 2), "Point { X = 0.5, Y = 2, Name = null }" }, { new { A = 1, B = new[] { 1 } }, "{ A = 1, B = [1] }" }, { new Plain(), "Plain { A = 1, Bad = (InvalidOperationException) }" },
        { typeof(Dictionary<string, int[]>), "Dictionary<string, int[]>" }, { new Version(1, 2), "1.2" }, { TimeSpan.FromSeconds(1), "00:00:01" },
        { Enumerable.Range(0, 25), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, ...]" },
        { Enumerable.Range(0, 22).ToArray(), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, ... (2 more)]" },
        { new[] { new Point(1, 2, "first"), new Point(10.25, 3) }, "    X  Y  Name\n-----  -  -----\n    1  2  first\n10.25  3  null" },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void ValuesAreText(object? value, string text) => Assert.Equal(text, PlainText.Of(value));

    [Fact]
    public void EndlessAndCircularValuesEnd()
    {
        static IEnumerable<int> Forever()
        {
            for (int i = 0; ; i++) yield return i;
        }

        Assert.EndsWith("19, ...]", PlainText.Of(Forever()));
        var self = new List<object>();
        self.Add(self);
        Assert.Equal("[[[[List<object>]]]]", PlainText.Of(self));
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class TypeFormatterSourceAttribute(Type source) : Attribute
    {
        public Type FormatterSourceType { get; } = source;

        public string[] PreferredMimeTypes { get; set; } = [];
    }

    [TypeFormatterSource(typeof(Source), PreferredMimeTypes = ["image/png", "text/plain"])]
    public class Picture
    {
        public bool Declines { get; init; }

        public bool Breaks { get; init; }
    }

    public sealed class Special : Picture;

    [TypeFormatterSource(typeof(Source), PreferredMimeTypes = ["image/absent"])]
    public sealed class Lacking;

    [TypeFormatterSource(typeof(Broken))]
    public sealed class Unmade;

    private sealed class Broken
    {
        public IEnumerable<object> CreateTypeFormatters() => throw new InvalidOperationException("no formatters today.");
    }

    private sealed class Source
    {
        public IEnumerable<object> CreateTypeFormatters() => [new Formatter("image/png", "iVBOR="), new Formatter("text/plain", "a picture"), new Formatter("text/html", "<img>")];
    }

    private sealed class Formatter(string mimeType, string text)
    {
        public string MimeType => mimeType;

        public bool Format(object value, TextWriter writer)
        {
            if (value is Picture { Breaks: true } && mimeType == "image/png") throw new InvalidOperationException("no ink.");
            if (value is Picture { Declines: true } && mimeType == "image/png") return false;
            writer.Write(text);
            return true;
        }
    }

    [Fact]
    public void TypesSayHowTheyAreShown()
    {
        Assert.Equal(["image/png: iVBOR=", "text/plain: a picture"], ValueFormatter.Format(new Picture()).Select(f => $"{f.Key}: {f.Value}"));
        Assert.Equal(["image/png", "text/plain"], ValueFormatter.Format(new Special()).Keys);
        Assert.Equal(["text/plain"], ValueFormatter.Format(new Picture { Declines = true }).Keys);
        Assert.Equal(["text/html", "text/plain"], ValueFormatter.Format(new Picture(), "text/html").Keys);
        Assert.Equal(["text/plain"], ValueFormatter.Format(new Lacking()).Keys);
        Assert.Equal("[a picture, a picture]", PlainText.Of(new[] { new Picture(), new Special() }));
    }

    [Fact]
    public void AFormatterThatFailsIsNamed()
    {
        Assert.Equal("the formatter of Picture for image/png failed (InvalidOperationException: no ink)", Assert.Throws<FormatterException>(() => ValueFormatter.Format(new Picture { Breaks = true })).Message);
        Assert.Equal("Broken, which makes the formatters of Unmade, failed (InvalidOperationException: no formatters today)", Assert.Throws<FormatterException>(() => ValueFormatter.Format(new Unmade())).Message);
    }
}
