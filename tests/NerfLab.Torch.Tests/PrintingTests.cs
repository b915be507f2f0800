using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class PrintingTests
{
    static void Same(string expected, string actual) => Assert.Equal(expected.ReplaceLineEndings("\n"), actual);

    const string Line = "\n";

    [Fact]
    public void Matrices_are_aligned()
    {
        using var scope = NewDisposeScope();
        var t = tensor(new float[,] { { 0, 3.141f, 62.8f }, { -6.28e-6f, -13.141529f, 0.01f } });
        Same("[2x3], type = Float32, device = cpu\n         0   3.141 62.8\n -6.28e-06 -13.142 0.01\n", t.jlstr(newLine: Line));
        Same("[[0, 3.141, 62.8]\n [-6.28e-06, -13.142, 0.01]]", t.npstr(newLine: Line));
    }

    [Fact]
    public void More_dimensions_nest()
    {
        using var scope = NewDisposeScope();
        var t = arange(8).view(2, 2, 2);
        Same("[2x2x2], type = Int64, device = cpu\n[0,..,..] =\n 0 1\n 2 3\n\n[1,..,..] =\n 4 5\n 6 7\n\n", t.jlstr(newLine: Line));
        Same("[[[0, 1]\n  [2, 3]]\n\n [[4, 5]\n  [6, 7]]]", t.npstr(newLine: Line));
        Same("[2x2x2], type = Int64, device = cpu, value = \nlong [,,] {\n {\n  {0L, 1L},\n  {2L, 3L}\n },\n {\n  {4L, 5L},\n  {6L, 7L}\n }\n}", t.cstr(newLine: Line));
    }

    [Fact]
    public void Numbers_truth_values_and_complex_values_have_their_own_form()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[], type = Float32, device = cpu, value = 3.14", tensor(3.14f).jlstr());
        Assert.Equal("3.14", tensor(3.14f).npstr());
        Assert.Equal("[], type = Float32, device = cpu, value = 3.14f", tensor(3.14f).cstr());
        Assert.Equal("[True, False]", tensor(new[] { true, false }).npstr());
        Assert.Equal("[2], type = Bool, device = cpu, value = bool [] {true, false}", tensor(new[] { true, false }).cstr());
        Assert.Equal("[1+2i, 3-4i]", tensor(new[] { (1f, 2f), (3f, -4f) }).npstr());
        Assert.Equal("[2], type = Float64, device = cpu, value = double [] {0.5, double.NaN}", tensor(new[] { 0.5, double.NaN }).cstr());
        Assert.Equal("[0.5]", tensor(new[] { (Half)0.5f }.Select(h => (float)h).ToArray()).half().npstr());
        Assert.Equal("[], type = Float32, device = cpu, value = 0.33", tensor(1 / 3f).jlstr("F2"));
    }

    [Fact]
    public void Large_tensors_are_shortened_and_empty_ones_are_no_error()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[0, 1, 2, ..., 97, 98, 99]", arange(100).npstr());
        Same("[[0, 1]\n [2, 3]\n [4, 5]\n ...\n [14, 15]\n [16, 17]\n [18, 19]]", arange(20).view(10, 2).npstr(newLine: Line));
        Assert.True(zeros(1000, 1000, 1000, dtype: uint8, device: META).ToString(numpy).Length < 100);
        Assert.True(zeros(30, 30, 30, 30).str(style: julia).Length < 5000);
        Assert.Equal("[]", zeros(0).npstr());
        Same("[0x3], type = Float32, device = cpu\n", zeros(0, 3).jlstr(newLine: Line));
        Same("[2x0], type = Float32, device = cpu\n\n\n", zeros(2, 0).jlstr(newLine: Line));
        Assert.All(rand(6, 6).mul(1e20).npstr(width: 40).Split('\n'), row => Assert.True(row.Length <= 43, row));
    }

    [Fact]
    public void Options_of_the_process_hold_until_changed()
    {
        using var scope = NewDisposeScope();
        try
        {
            set_printoptions(2, newLine: "|", maxColumns: 2);
            Assert.Equal("[3], type = Float32, device = cpu| 0.00 ... 2.00|", arange(3).to(float32).jlstr());
            set_printoptions(numpy, "g3");
            Assert.Equal("[0, ..., 2]", arange(3).str());
            Assert.Equal("[0, ..., 2]", arange(3).ToString(true));
        }
        finally
        {
            set_printoptions(julia, "g5", 100, Environment.NewLine, 6, 6);
        }
    }

    [Fact]
    public void Views_print_their_own_elements()
    {
        using var scope = NewDisposeScope();
        Same("[[0, 3]\n [1, 4]\n [2, 5]]", arange(6).view(2, 3).t().npstr(newLine: Line));
        Assert.Equal("[4, 5]", arange(6)[4..].npstr());
    }
}
