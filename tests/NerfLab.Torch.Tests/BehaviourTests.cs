using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>What TorchSharp itself answers to small expressions: the expected texts were printed by the real library.</summary>
public class BehaviourTests
{
    static string Shape(Tensor t) => string.Join("x", t.shape);

    static string Joined<T>(Tensor t) where T : unmanaged => string.Join(",", t.data<T>().ToArray());

    static Tensor Counted(long n) => arange(n).to(float32);

    public static TheoryData<string, Func<object>, string> Answers => new()
    {
        { "tensor(3.0).dtype", () => tensor(3.0).dtype, "Float64" },
        { "tensor(3f).dtype", () => tensor(3f).dtype, "Float32" },
        { "tensor(3).dtype", () => tensor(3).dtype, "Int32" },
        { "tensor(3L).dtype", () => tensor(3L).dtype, "Int64" },
        { "tensor(new double[]).dtype", () => tensor(new double[] { 1, 2 }).dtype, "Float64" },
        { "tensor(float[,]) shape", () => Shape(tensor(new float[,] { { 1, 2 }, { 3, 4 } })), "2x2" },
        { "arange(5).dtype", () => arange(5).dtype, "Int64" },
        { "arange(0,1,0.25).dtype", () => arange(0, 1, 0.25).dtype, "Float32" },
        { "arange(0f,1f,.25f).dtype", () => arange(0f, 1f, .25f).dtype, "Float32" },
        { "linspace.dtype", () => linspace(0, 1, 5).dtype, "Float32" },
        { "full(2,2,1).dtype", () => full(2, 2, 1).dtype, "Int64" },
        { "full(2,2,1.0).dtype", () => full(2, 2, 1.0).dtype, "Float32" },
        { "randint(0,5,{2}).dtype", () => randint(0, 5, new long[] { 2 }).dtype, "Int64" },
        { "randperm(4).dtype", () => randperm(4).dtype, "Int64" },
        { "eye(3).dtype", () => eye(3).dtype, "Float32" },
        { "float32 + double scalar", () => (ones(2) + 1.0).dtype, "Float32" },
        { "float32 * tensor(2.0) 0-d f64", () => (ones(2) * tensor(2.0)).dtype, "Float32" },
        { "int/int", () => (tensor(new[] { 1, 2 }) / 2).dtype, "Float32" },
        { "item<double>() on f32", () => tensor(3f).item<double>(), "ArgumentException: Double is not compatible with Float32" },
        { "ToDouble() on f32", () => tensor(3f).ToDouble(), "3" },
        { "(float)t", () => (float)tensor(3f), "3" },
        { "(double)f32", () => (double)tensor(3f), "3" },
        { "data<float>() of transposed .ToArray", () => Joined<float>(Counted(6).view(2, 3).t()), "0,3,1,4,2,5" },
        { "bytes of transposed", () => Counted(6).view(2, 3).t().bytes.Length, "InvalidOperationException: Bytes() called on non-contiguous tensor." },
        { "from_array shares memory", () => { var a = new float[] { 1, 2, 3 }; var t = from_array(a); a[0] = 9; return t[0].ToSingle(); }, "9" },
        { "tensor copies", () => { var a = new float[] { 1, 2, 3 }; var t = tensor(a); a[0] = 9; return t[0].ToSingle(); }, "1" },
        { "as_tensor(float[]) shares?", () => { var a = new float[] { 1, 2, 3 }; var t = as_tensor(a); a[0] = 9; return t[0].ToSingle(); }, "9" },
        { "error type mm mismatch", () => ones(2, 3).mm(ones(2, 3)), "ExternalException: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)" },
        { "t[5] out of range", () => ones(2)[5], "ExternalException: select(): index 5 out of range for tensor of size [2] at dimension 0" },
        { "disposed use", () => { var t = ones(2); t.Dispose(); return t.shape.Length; }, "InvalidOperationException: Tensor invalid -- empty handle." },
        { "x[.., 0..2] shape", () => Shape(ones(4, 5, 6)[.., 0..2]), "4x2x6" },
        { "x[TensorIndex.Ellipsis, ^1]", () => Shape(ones(4, 5, 6)[TensorIndex.Ellipsis, ^1]), "4x5" },
        { "x[None]", () => Shape(ones(4)[TensorIndex.None]), "1x4" },
        { "x[mask]", () => Shape(ones(4)[tensor(new[] { true, false, true, true })]), "3" },
        { "x[1] shape", () => Shape(ones(4, 5)[1]), "5" },
        { "x[mask]=0", () => { var x = ones(4); x[x > 0] = tensor(0f); return x.sum().ToSingle(); }, "0" },
        { "in-place returns same object", () => { var x = ones(2); return ReferenceEquals(x, x.add_(1)); }, "True" },
        { "x.cpu() same object", () => { var x = ones(2); return ReferenceEquals(x, x.cpu()); }, "False" },
        { "x.to(float32) same object", () => { var x = ones(2); return ReferenceEquals(x, x.to(float32)); }, "False" },
        { "x.contiguous same object", () => { var x = ones(2); return ReferenceEquals(x, x.contiguous()); }, "False" },
        { "requires_grad_ same object", () => { var x = ones(2); return ReferenceEquals(x, x.requires_grad_()); }, "True" },
        { "grad twice same object", () => { var x = ones(2, requires_grad: true); x.sum().backward(); return ReferenceEquals(x.grad, x.grad); }, "False" },
        { "grad null before backward", () => ones(2, requires_grad: true).grad is null, "True" },
        { "ToString default", () => Counted(3).ToString(), "[3], type = Float32, device = cpu" },
        { "jlstr", () => Counted(3).jlstr(), "[3], type = Float32, device = cpu\\n 0 1 2\\n" },
        { "npstr", () => Counted(3).npstr(), "[0, 1, 2]" },
        { "cstr", () => Counted(4).view(2, 2).cstr(), "[2x2], type = Float32, device = cpu, value = \\nfloat [,] {\\n {0f, 1f},\\n {2f, 3f}\\n}" },
        { "max(dim) tuple", () => { var (v, i) = tensor(new float[] { 1, 3, 2 }).max(0); return v.ToSingle() + "@" + i.ToInt64(); }, "3@1" },
        { "searchsorted", () => Joined<long>(searchsorted(tensor(new float[] { 0, 1, 2 }), tensor(new float[] { .5f, 1f }), right: true)), "1,2" },
        { "scope kills temp", () => { Tensor t; using (NewDisposeScope()) { t = ones(2); } return t.IsInvalid; }, "True" },
        { "MoveToOuter in root scope", () => { Tensor t; using (NewDisposeScope()) { t = ones(2).MoveToOuterDisposeScope(); } return t.IsInvalid; }, "False" },
        { "seed 0 rand(2)", () => { manual_seed(0); return rand(2).cstr(); }, "[2], type = Float32, device = cpu, value = float [] {0.49626f, 0.76822f}" },
        { "gen rand", () => { var g = new Generator(7); return rand(2, generator: g).cstr(); }, "[2], type = Float32, device = cpu, value = float [] {0.53492f, 0.1988f}" },
        { "einsum", () => Shape(einsum("rsc,rs->rc", ones(2, 3, 4), ones(2, 3))), "2x4" },
        { "where scalar overload", () => where(ones(2) > 0, ones(2), zeros(2)).sum().ToSingle(), "2" },
        { "autograd.grad 2nd order", () => { var x = tensor(new float[] { 2f }).requires_grad_(); var y = x.pow(3).sum(); var g = autograd.grad(new[] { y }, new[] { x }, create_graph: true)[0]; g.sum().backward(); return x.grad!.ToSingle(); }, "12" },
    };

    [Theory, MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public void Tensors_answer_as_TorchSharp(string expression, Func<object> evaluate, string answer) => Assert.Equal((expression, answer), (expression, Evaluated(evaluate)));

    internal static string Evaluated(Func<object> evaluate)
    {
        try
        {
            return Convert.ToString(evaluate(), System.Globalization.CultureInfo.InvariantCulture)!.Replace("\r", "").Replace("\n", "\\n");
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message.Split('\n')[0]}";
        }
    }
}
