using System.Xml.Linq;

namespace NerfLab.Notebooks.Tests;

public class MathTests
{
    static string Body(string latex, bool isBlock = false)
    {
        var math = XElement.Parse(MathMl.Of(latex, isBlock));
        return string.Concat(math.Element("semantics")!.Element("mrow")!.Nodes().Select(n => n.ToString(SaveOptions.DisableFormatting)));
    }

    [Theory]
    [InlineData("x", "<mi>x</mi>")]
    [InlineData("12.5", "<mn>12.5</mn>")]
    [InlineData("x^2", "<msup><mi>x</mi><mn>2</mn></msup>")]
    [InlineData("x_i^23", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup><mn>3</mn>")]
    [InlineData("\\frac{a}{2}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mn>2</mn></mrow></mfrac>")]
    [InlineData("\\sqrt[3]{x}", "<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>")]
    [InlineData("\\mathbf{r}", "<mi>𝐫</mi>")]
    [InlineData("\\mathbb{R}", "<mi>ℝ</mi>")]
    [InlineData("\\hat{C}", "<mover accent=\"true\"><mrow><mi>C</mi></mrow><mo stretchy=\"false\">^</mo></mover>")]
    [InlineData("\\text{if } x<1", "<mtext>if </mtext><mi>x</mi><mo>&lt;</mo><mn>1</mn>")]
    [InlineData("f'", "<msup><mi>f</mi><mo>′</mo></msup>")]
    public void FormulasBecomeMathMl(string latex, string mathMl)
    {
        Assert.Equal(mathMl, Body(latex));
        Assert.Null(MathMl.UnknownIn(latex));
    }

    [Fact]
    public void LimitsStandBelowSumsAndBesideIntegrals()
    {
        Assert.StartsWith("<munderover><mo>∑</mo>", Body("\\sum_{i=1}^N x_i", isBlock: true));
        Assert.StartsWith("<msubsup><mo>∑</mo>", Body("\\sum_{i=1}^N x_i"));
        Assert.StartsWith("<msubsup><mo>∫</mo>", Body("\\int_0^1 x\\,dx", isBlock: true));
        Assert.StartsWith("<munder><mi>max</mi>", Body("\\max_x f(x)", isBlock: true));
    }

    [Theory]
    [InlineData("\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}", 2, 4)]
    [InlineData("\\begin{cases} 1 & x > 0 \\\\ 0 & \\text{else} \\\\ \\end{cases}", 2, 4)]
    [InlineData("\\begin{aligned} a &= b \\\\ &= c \\end{aligned}", 2, 4)]
    public void TablesHaveRowsAndColumns(string latex, int rows, int cells)
    {
        var math = XElement.Parse(MathMl.Of(latex, isBlock: true));
        Assert.Equal((rows, cells), (math.Descendants("mtr").Count(), math.Descendants("mtd").Count()));
        Assert.Null(MathMl.UnknownIn(latex));
    }

    [Theory]
    [InlineData("\\foo", "\\foo")]
    [InlineData("\\frac{a}", "an argument")]
    [InlineData("{a", "{")]
    [InlineData("a}", "}")]
    [InlineData("\\left( a", "\\left")]
    [InlineData("\\begin{tikz} a \\end{tikz}", "\\begin{tikz}")]
    [InlineData("\\begin{pmatrix} a", "\\begin")]
    public void WhatIsNotKnownIsNamedAndStaysVisible(string latex, string unknown)
    {
        Assert.Equal(unknown, MathMl.UnknownIn(latex));
        XElement.Parse(MathMl.Of(latex, isBlock: true));
    }

    [Fact]
    public void EveryTextEndsInWellFormedMathMl()
    {
        string[] parts = ["{", "}", "^", "_", "\\frac", "\\left", "\\right", "(", "\\begin{cases}", "\\end{cases}", "&", "\\\\", "x", "1", "\\sqrt", "[", "]", "\\text{a}", "'", "<", "\\mathbf", "\\sum"];
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            var latex = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)] + " "));
            XElement.Parse(MathMl.Of(latex, isBlock: i % 2 == 0));
        }
        MathMl.Of(new string('{', 10_000), isBlock: true);
    }
}
