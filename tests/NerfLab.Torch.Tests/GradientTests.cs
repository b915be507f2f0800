using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>
/// Derivatives from libtorch against central differences in double precision, for a random weighting of all outputs and
/// every element of every input. A row is an operator, and the ranges and shapes of its inputs.
/// </summary>
public class GradientTests
{
    sealed record Input(double Low, double High, long[] Shape);

    static Input In(params long[] shape) => new(-2, 2, shape);
    static Input From(double low, double high, params long[] shape) => new(low, high, shape);

    static readonly Dictionary<string, (Func<Tensor[], Tensor> Function, Input[] Inputs)> Table = [];

    static void Row(string name, Func<Tensor, Tensor> f, Input a) => Table.Add(name, (x => f(x[0]), [a]));
    static void Row(string name, Func<Tensor, Tensor, Tensor> f, Input a, Input b) => Table.Add(name, (x => f(x[0], x[1]), [a, b]));
    static void Row(string name, Func<Tensor, Tensor, Tensor, Tensor> f, Input a, Input b, Input c) => Table.Add(name, (x => f(x[0], x[1], x[2]), [a, b, c]));

    static Tensor Whole(params long[] values) => tensor(values, device: TestDevice.Current);

    /// <summary>A symmetric matrix, positive definite with well separated eigenvalues.</summary>
    static Tensor Definite(Tensor x) => x.matmul(x.mT) + tensor(new[] { 1.0, 3, 6 }, device: TestDevice.Current).diag();

    static GradientTests()
    {
        // Arithmetic
        Row("add, broadcast", (x, y) => x + y, In(2, 3), In(3));
        Row("add with alpha", (x, y) => x.add(y, 2.5), In(2, 3), In(2, 3));
        Row("sub, broadcast both", (x, y) => x - y, In(2, 1), In(1, 3));
        Row("mul, broadcast", (x, y) => x * y, In(2, 3), In(2, 1));
        Row("div", (x, y) => x / y, In(2, 3), From(0.5, 2, 2, 3));
        Row("scalar - x", x => 1.5 - x, In(4));
        Row("scalar / x", x => 2.0 / x, From(0.5, 2, 4));
        Row("x / scalar", x => x / 3.0, In(4));
        Row("neg", x => -x, In(4));
        Row("remainder", (x, y) => x % y, From(2.1, 2.9, 3), From(1.1, 1.4, 3));
        Row("fmod by scalar", x => x.fmod(0.7), From(0.1, 0.6, 5));
        Row("pow scalar", x => x.pow(3), In(4));
        Row("pow fraction", x => x.pow(0.4), From(0.5, 2, 4));
        Row("pow tensor", (x, y) => x.pow(y), From(0.5, 2, 2, 3), From(-1, 2, 3));
        Row("float_power", (x, y) => x.float_power(y), From(0.5, 2, 3), From(1, 2, 3));
        Row("addcmul", (x, y, z) => x.addcmul(y, z, 0.3), In(2, 3), In(3), In(2, 1));
        Row("addcdiv", (x, y, z) => x.addcdiv(y, z, 0.3), In(2, 3), In(2, 3), From(0.5, 2, 2, 3));
        Row("lerp", (x, y, z) => x.lerp(y, z), In(2, 3), In(2, 3), From(0, 1, 2, 3));
        Row("hypot", (x, y) => x.hypot(y), From(0.5, 2, 3), From(0.5, 2, 3));
        Row("atan2", (x, y) => x.atan2(y), From(0.5, 2, 3), From(0.5, 2, 3));
        Row("logaddexp", (x, y) => x.logaddexp(y), In(3), In(3));
        Row("logaddexp2", (x, y) => x.logaddexp2(y), In(3), In(3));
        Row("xlogy", (x, y) => x.xlogy(y), From(0.5, 2, 3), From(0.5, 2, 3));
        Row("xlog1py", (x, y) => special.xlog1py(x, y), From(0.5, 2, 3), From(0.5, 2, 3));
        Row("maximum", (x, y) => x.maximum(y), In(6), In(6));
        Row("minimum", (x, y) => minimum(x, y), In(6), In(6));
        Row("fmax", (x, y) => x.fmax(y), In(6), In(6));
        Row("fmin", (x, y) => x.fmin(y), In(6), In(6));
        Row("copysign", (x, y) => x.copysign(y), From(0.5, 2, 4), From(0.5, 2, 4));
        Row("ldexp", (x, y) => x.ldexp(y), In(3), In(3));
        Row("in place chain", x => (x * 1.0).mul_(x).add_(x, 0.5).sin_(), In(4));

        // Elementwise
        Row("abs", x => x.abs(), From(0.2, 2, 4));
        Row("sqrt", x => x.sqrt(), From(0.5, 2, 4));
        Row("rsqrt", x => x.rsqrt(), From(0.5, 2, 4));
        Row("square", x => x.square(), In(4));
        Row("reciprocal", x => x.reciprocal(), From(0.5, 2, 4));
        Row("exp", x => x.exp(), In(4));
        Row("exp2", x => x.exp2(), In(4));
        Row("expm1", x => x.expm1(), In(4));
        Row("log", x => x.log(), From(0.5, 2, 4));
        Row("log10", x => x.log10(), From(0.5, 2, 4));
        Row("log1p", x => x.log1p(), From(-0.5, 2, 4));
        Row("log2", x => x.log2(), From(0.5, 2, 4));
        Row("sin", x => x.sin(), In(4));
        Row("cos", x => x.cos(), In(4));
        Row("tan", x => x.tan(), From(-1, 1, 4));
        Row("asin", x => x.asin(), From(-0.8, 0.8, 4));
        Row("acos", x => x.acos(), From(-0.8, 0.8, 4));
        Row("atan", x => x.atan(), In(4));
        Row("sinh", x => x.sinh(), In(4));
        Row("cosh", x => x.cosh(), In(4));
        Row("tanh", x => x.tanh(), In(4));
        Row("asinh", x => x.asinh(), In(4));
        Row("acosh", x => x.acosh(), From(1.2, 3, 4));
        Row("atanh", x => x.atanh(), From(-0.8, 0.8, 4));
        Row("sinc", x => x.sinc(), From(0.2, 2, 4));
        Row("deg2rad", x => x.deg2rad(), In(4));
        Row("rad2deg", x => x.rad2deg(), In(4));
        Row("erf", x => x.erf(), In(4));
        Row("erfc", x => x.erfc(), In(4));
        Row("erfinv", x => x.erfinv(), From(-0.8, 0.8, 4));
        Row("digamma", x => x.digamma(), From(0.5, 3, 4));
        Row("lgamma", x => x.lgamma(), From(0.5, 3, 4));
        Row("polygamma", x => x.polygamma(1), From(0.5, 3, 4));
        Row("mvlgamma", x => x.mvlgamma(2), From(1, 3, 4));
        Row("i0", x => x.i0(), In(4));
        Row("sigmoid", x => x.sigmoid(), In(4));
        Row("logit", x => x.logit(), From(0.2, 0.8, 4));
        Row("log_sigmoid", x => x.log_sigmoid(), In(4));
        Row("softplus", x => x.softplus(2), In(4));
        Row("relu", x => x.relu(), In(6));
        Row("relu6", x => x.relu6(), From(-3, 9, 6));
        Row("celu", x => x.celu(0.7), In(6));
        Row("elu", x => x.elu(0.7), In(6));
        Row("selu", x => x.selu(), In(6));
        Row("silu", x => x.silu(), In(6));
        Row("gelu", x => x.gelu(), In(6));
        Row("hardsigmoid", x => x.hardsigmoid(), In(6));
        Row("hardswish", x => x.hardswish(), In(6));
        Row("hardtanh", x => x.hardtanh(-1, 1), In(6));
        Row("leaky_relu", x => x.leaky_relu(0.1), In(6));
        Row("prelu", (x, w) => x.prelu(w), In(2, 3, 2), From(0.1, 0.5, 3));
        Row("threshold", x => x.threshold(0.5, -1), In(6));
        Row("glu", x => x.glu(-1), In(2, 4));
        Row("clamp", x => x.clamp(-1, 1), In(6));
        Row("clamp min only", x => x.clamp(min: 0), In(6));
        Row("clamp by tensors", (x, low, high) => x.clamp(low, high), In(8), From(-1, 0, 8), From(0.5, 1, 8));
        Row("nan_to_num", x => x.nan_to_num(), In(4));
        Row("frac", x => x.frac(), From(0.1, 0.9, 4));
        Row("round has no slope", x => x.round() * x, In(4));

        // Reductions and scans
        Row("sum", x => x.sum(), In(2, 3));
        Row("sum over dims", x => x.sum([0, 2]), In(2, 3, 2));
        Row("sum keepdim", x => x.sum(-1, keepdim: true), In(2, 3));
        Row("mean", x => x.mean(), In(2, 3));
        Row("mean over dims", x => x.mean([0, 1], keepdim: true), In(2, 3, 2));
        Row("nanmean", x => x.nanmean(1), In(2, 3));
        Row("prod", x => x.prod(), In(2, 3));
        Row("prod over dim", x => x.prod(1), In(2, 3));
        Row("std", x => x.std(), In(2, 3));
        Row("std over dims", x => x.std([1], unbiased: false, keepdim: true), In(2, 3));
        Row("var", x => x.var(1), In(2, 3));
        Row("std_mean", x => { var (s, m) = x.std_mean(1); return s * m; }, In(2, 3));
        Row("var_mean", x => { var (v, m) = x.var_mean(); return v * m; }, In(2, 3));
        Row("max", x => x.max(), In(2, 3));
        Row("max over dim", x => x.max(1).values, In(2, 3));
        Row("min over dim", x => x.min(0).values, In(2, 3));
        Row("amax", x => x.amax([0, 1]), In(2, 3, 2));
        Row("amin", x => x.amin(1), In(2, 3));
        Row("aminmax", x => { var (low, high) = x.aminmax(1); return low * high; }, In(2, 3));
        Row("median", x => x.median(), In(5));
        Row("quantile", x => x.quantile(tensor(new[] { 0.25, 0.6 }, device: TestDevice.Current), 0), In(5, 2));
        Row("kthvalue", x => x.kthvalue(2, 1).values, In(2, 4));
        Row("mode", x => x.mode(1).values, In(2, 3));
        Row("norm", x => x.norm(), In(2, 3));
        Row("norm over dim", x => x.norm(1), In(2, 3));
        Row("norm p=3", x => x.norm(3f), From(0.3, 2, 2, 3));
        Row("dist", (x, y) => x.dist(y), In(4), In(4));
        Row("renorm", x => x.renorm(2, 0, 1), In(2, 3));
        Row("logsumexp", x => x.logsumexp(1), In(2, 3));
        Row("softmax", x => x.softmax(1), In(2, 3));
        Row("log_softmax", x => x.log_softmax(0), In(2, 3));
        Row("cumsum", x => x.cumsum(1), In(2, 4));
        Row("cumprod", x => x.cumprod(1), In(2, 4));
        Row("cummax", x => x.cummax(1).values, In(2, 4));
        Row("cummin", x => x.cummin(1).values, In(2, 4));
        Row("logcumsumexp", x => x.logcumsumexp(1), In(2, 4));
        Row("diff", x => x.diff(2), In(2, 5));
        Row("trapezoid", (y, x) => trapezoid(y, x), In(4), In(4));
        Row("cumulative_trapezoid", x => x.cumulative_trapezoid(0.5), In(4));
        Row("cov", x => x.cov(), In(2, 4));
        Row("corrcoef", x => x.corrcoef(), In(2, 4));
        Row("trace", x => x.trace(), In(3, 3));

        // Shapes
        Row("view", x => x.view(3, -1).square(), In(2, 3));
        Row("reshape of transposed", x => x.t().reshape(-1).cumsum(0), In(2, 3));
        Row("permute", x => x.permute(2, 0, 1).cumsum(0), In(2, 3, 2));
        Row("expand", x => x.expand(4, 2, 3), In(2, 1));
        Row("repeat", x => x.repeat(2, 2), In(2, 3));
        Row("repeat_interleave", x => x.repeat_interleave(Whole(1, 3), 0), In(2, 3));
        Row("tile", x => x.tile([2]), In(3));
        Row("squeeze, unsqueeze", x => x.squeeze(1).unsqueeze(0).flatten(), In(2, 1, 3));
        Row("flip", x => x.flip(0, 1), In(2, 3));
        Row("roll", x => x.roll(1, 1), In(2, 3));
        Row("rot90", x => x.rot90(), In(2, 3));
        Row("split", x => x.split([1, 3], 1)[1], In(2, 4));
        Row("chunk", x => { var parts = x.chunk(2, 1); return parts[0] * parts[1]; }, In(2, 4));
        Row("unbind", x => { var rows = x.unbind(); return rows[0] * rows[1]; }, In(2, 3));
        Row("unfold", x => x.unfold(0, 3, 1), In(5));
        Row("as_strided", x => x.as_strided([3, 2], [1, 1]), In(5));
        Row("cat", (x, y) => cat([x, y], 1), In(2, 3), In(2, 1));
        Row("stack", (x, y) => stack([x, y], 1), In(2, 3), In(2, 3));
        Row("hstack, vstack", (x, y) => vstack([x, y]).matmul(hstack(x.mT, y.mT)), In(2, 3), In(2, 3));
        Row("block_diag", (x, y) => block_diag(x, y), In(2, 1), In(1, 2));
        Row("meshgrid", (x, y) => { var g = meshgrid([x, y]); return g[0] * g[1]; }, In(2), In(3));
        Row("broadcast_tensors", (x, y) => { var b = broadcast_tensors(x, y); return b[0] * b[1]; }, In(2, 1), In(3));
        Row("tril", x => x.tril(), In(3, 3));
        Row("triu", x => x.triu(1), In(3, 3));
        Row("diag", x => x.diag(), In(3));
        Row("diagonal", x => x.diagonal(1), In(3, 3));
        Row("diag_embed", x => x.diag_embed(), In(2, 3));

        // Selection
        Row("index numbers, ranges", x => x[1, 0..2], In(2, 3));
        Row("index ellipsis", x => x[TensorIndex.Ellipsis, ^1], In(2, 3, 2));
        Row("index tensor", x => x[Whole(1, 0, 1)], In(2, 3));
        Row("index mask", x => x[tensor(new[] { true, false, true }, device: TestDevice.Current)], In(3, 2));
        Row("assign to a part", (x, y) => { var z = x * 2.0; z[0, 1..3] = y; return z; }, In(2, 3), In(2));
        Row("assign by tensor, accumulate", (x, y) => (x * 2.0).index_put_(y, [TensorIndex.Tensor(Whole(0, 0, 1))], accumulate: true), In(3), In(3));
        Row("gather", x => x.gather(1, Whole(0, 0, 2, 1).view(2, 2)), In(2, 3));
        Row("scatter", (x, y) => x.scatter(1, Whole(0, 2, 1, 0).view(2, 2), y), In(2, 3), In(2, 2));
        Row("scatter_add", (x, y) => x.scatter_add(0, Whole(0, 1, 1, 0).view(2, 2), y), In(2, 3), In(2, 2));
        Row("index_select", x => x.index_select(1, Whole(2, 0, 2)), In(2, 3));
        Row("index_add", (x, y) => x.index_add(0, Whole(1, 1), y, 0.5), In(2, 3), In(2, 3));
        Row("index_copy", (x, y) => x.index_copy(0, Whole(1), y), In(2, 3), In(1, 3));
        Row("index_fill", x => x.index_fill(1, Whole(1), 3), In(2, 3));
        Row("take", x => x.take(Whole(0, 5, 5)), In(2, 3));
        Row("take_along_dim", x => x.take_along_dim(Whole(0, 2, 1, 1).view(2, 2), 1), In(2, 3));
        Row("masked_fill", x => x.masked_fill(x.detach() > 0, -1), In(2, 3));
        Row("masked_select", x => x.masked_select(tensor(new[] { true, false, true }, device: TestDevice.Current)), In(2, 3));
        Row("masked_scatter", (x, y) => x.masked_scatter(tensor(new[] { true, false, true }, device: TestDevice.Current), y), In(3), In(2));
        Row("where", (x, y) => torch.where(tensor(new[] { true, false, true }, device: TestDevice.Current), x, y), In(2, 3), In(3));
        Row("select_scatter", (x, y) => x.select_scatter(y, 1, 0), In(2, 3), In(2));
        Row("slice_scatter", (x, y) => x.slice_scatter(y, 1, 1, 3), In(2, 3), In(2, 2));
        Row("narrow", x => x.narrow(1, 1, 2), In(2, 3));
        Row("sort", x => x.sort(1, descending: true).Values, In(2, 4));
        Row("msort", x => x.msort(), In(4, 2));
        Row("topk", x => x.topk(2, 1).values, In(2, 4));

        // Products
        Row("matmul", (x, y) => x.matmul(y), In(2, 3), In(3, 2));
        Row("matmul, batched and broadcast", (x, y) => x.matmul(y), In(2, 2, 3), In(3, 2));
        Row("mm", (x, y) => x.mm(y), In(2, 3), In(3, 2));
        Row("mv", (x, y) => x.mv(y), In(2, 3), In(3));
        Row("bmm", (x, y) => x.bmm(y), In(2, 1, 3), In(2, 3, 2));
        Row("dot", (x, y) => x.dot(y), In(3), In(3));
        Row("outer", (x, y) => x.outer(y), In(2), In(3));
        Row("inner", (x, y) => x.inner(y), In(2, 3), In(3));
        Row("kron", (x, y) => x.kron(y), In(2, 2), In(1, 2));
        Row("addmm", (x, y, z) => x.addmm(y, z, 0.5f, 2), In(2), In(2, 3), In(3, 2));
        Row("addmv", (x, y, z) => x.addmv(y, z), In(2), In(2, 3), In(3));
        Row("addr", (x, y, z) => x.addr(y, z), In(2, 3), In(2), In(3));
        Row("baddbmm", (x, y, z) => x.baddbmm(y, z, alpha: 0.5f), In(2, 1, 2), In(2, 1, 3), In(2, 3, 2));
        Row("addbmm", (x, y, z) => x.addbmm(y, z), In(1, 2), In(2, 1, 3), In(2, 3, 2));
        Row("einsum", (x, y) => einsum("rsc,rs->rc", x, y), In(2, 3, 2), In(2, 3));
        Row("einsum of three", (x, y, z) => einsum("i,ij,j->", x, y, z), In(2), In(2, 3), In(3));
        Row("einsum diagonal", x => einsum("ii->i", x), In(3, 3));
        Row("tensordot", (x, y) => x.tensordot(y, 1), In(2, 3), In(3, 2));
        Row("cross", (x, y) => linalg.cross(x, y), In(2, 3), In(2, 3));
        Row("vecdot", (x, y) => linalg.vecdot(x, y), In(2, 3), In(2, 3));
        Row("multi_dot", (x, y, z) => linalg.multi_dot([x, y, z]), In(2, 3), In(3, 2), In(2, 2));
        Row("matrix_power", x => x.matrix_power(3), From(-1, 1, 3, 3));
        Row("matrix_exp", x => x.matrix_exp(), From(-1, 1, 3, 3));
        Row("cdist", (x, y) => cdist(x, y), In(2, 3), In(2, 3));
        Row("cdist p=1", (x, y) => cdist(x, y, 1), In(2, 3), In(2, 3));

        // Linear algebra
        Row("det", x => x.det(), In(3, 3));
        Row("logdet", x => Definite(x).logdet(), In(3, 3));
        Row("slogdet", x => linalg.slogdet(x).Item2, In(3, 3));
        Row("inverse", x => Definite(x).inverse(), In(3, 3));
        Row("pinverse", x => x.pinverse(), In(3, 2));
        Row("solve", (x, y) => linalg.solve(Definite(x), y), In(3, 3), In(3, 2));
        Row("solve_triangular", (x, y) => linalg.solve_triangular(Definite(x).tril(), y, upper: false), In(3, 3), In(3, 2));
        Row("lu_solve", (x, y) => { var (lu, pivots) = linalg.lu_factor(Definite(x)); return linalg.lu_solve(lu, pivots!, y); }, In(3, 3), In(3, 2));
        Row("lstsq", (x, y) => linalg.lstsq(x, y).Solution, In(3, 2), In(3, 1));
        Row("cholesky", x => linalg.cholesky(Definite(x)), In(3, 3));
        Row("cholesky_solve", (x, y) => y.cholesky_solve(linalg.cholesky(Definite(x))), In(3, 3), In(3, 1));
        Row("qr", x => { var (q, r) = linalg.qr(x); return q.square().mm(r); }, In(3, 2));
        Row("svdvals", x => linalg.svdvals(x), In(3, 2));
        Row("svd", x => { var (u, s, vh) = linalg.svd(x, false); return (u * s.exp()).mm(vh); }, In(3, 2));
        Row("eigh", x => { var (values, vectors) = linalg.eigh(Definite(x)); return (vectors.square() * values).cumsum(1); }, In(3, 3));
        Row("eigvalsh", x => linalg.eigvalsh(Definite(x)), In(3, 3));
        Row("vector_norm", x => linalg.vector_norm(x, 3, [1]), From(0.3, 2, 2, 3));
        Row("matrix_norm", x => linalg.matrix_norm(x), In(2, 3));
        Row("nuclear norm", x => linalg.matrix_norm(x, "nuc"), In(2, 3));
        Row("linalg.norm", x => linalg.norm(x), In(2, 3));
        Row("cond", x => linalg.cond(Definite(x)), In(3, 3));
        Row("householder_product", (x, tau) => linalg.householder_product(x, tau), In(3, 2), In(2));
        Row("tensorinv", x => linalg.tensorinv(Definite(x).view(3, 3, 1), 1), In(3, 3));

        // Fourier transforms
        Row("rfft, real part", x => fft.rfft(x).real, In(5));
        Row("rfft, power", x => fft.rfft(x).abs().square(), In(2, 6));
        Row("fft, imaginary part", x => fft.fft_(x).imag, In(5));
        Row("ifft of complex", (x, y) => fft.ifft(complex(x, y)).real, In(4), In(4));
        Row("irfft", (x, y) => fft.irfft(complex(x, y), 6), In(4), In(4));
        Row("fft2", x => fft.fft2(x).real, In(2, 3));
        Row("rfftn, ortho", x => fft.rfftn(x, norm: FFTNormType.Ortho).real, In(2, 4));
        Row("hfft", x => fft.hfft(x), In(4));
        Row("fftshift", x => fft.fftshift(x), In(5));
        Row("complex product", (x, y) => (complex(x, y) * complex(y, x)).abs(), From(0.5, 2, 3), From(0.5, 2, 3));
        Row("view_as_complex", x => x.view_as_complex().angle(), From(0.5, 2, 3, 2));
    }

    public static TheoryData<string> Names => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_is_the_difference_quotient(string name)
    {
        using var scope = NewDisposeScope();
        var (function, specs) = Table[name];
        using var random = new Generator(StableSeed(name));
        var inputs = Array.ConvertAll(specs, s => (rand(s.Shape, dtype: float64, generator: random) * (s.High - s.Low) + s.Low).to(TestDevice.Current).requires_grad_());
        var output = function(inputs);
        Assert.Equal(float64, output.dtype);
        Assert.True(inputs.All(x => x.numel() > 0) && output.numel() > 0);
        var weights = rand(output.shape, dtype: float64, generator: random).to(TestDevice.Current) + 0.5;
        var gradients = autograd.grad([(output * weights).sum()], inputs);

        const double Step = 1e-6;
        for (int k = 0; k < inputs.Length; k++)
        {
            Assert.Equal(specs[k].Shape, gradients[k].shape);
            var expected = new double[inputs[k].NumberOfElements];
            for (int i = 0; i < expected.Length; i++) expected[i] = (Moved(k, i, Step) - Moved(k, i, -Step)) / (2 * Step);
            var actual = gradients[k].cpu().contiguous().data<double>().ToArray();
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(actual[i] - expected[i]) <= 2e-6 * (1 + Math.Abs(expected[i])), $"{name}: input {k}, element {i}: gradient {actual[i]}, difference quotient {expected[i]}");
        }

        double Moved(int input, int element, double step)
        {
            using var inner = NewDisposeScope();
            using var off = no_grad();
            var moved = Array.ConvertAll(inputs, x => x.detach().clone());
            moved[input].view(-1)[element] = moved[input].view(-1)[element] + step;
            return (function(moved) * weights).sum().ToDouble();
        }
    }

    /// <summary>The same seed in every process: .NET's own hash of a string differs from run to run.</summary>
    static ulong StableSeed(string name) => name.Aggregate(14695981039346656037UL, (hash, c) => (hash ^ c) * 1099511628211UL);

    [Fact]
    public void Second_order_gradients_are_gradients_of_the_gradient()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 2.0, -1.5 }, device: TestDevice.Current).requires_grad_();
        var first = autograd.grad([x.pow(3).sum()], [x], create_graph: true)[0];
        var second = autograd.grad([first.sum()], [x])[0];
        Assert.Equal([12.0, -9.0], second.cpu().data<double>().ToArray());
    }

    [Fact]
    public void Jacobians_of_one_and_of_several_arguments()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new[,] { { 1.0, 2 }, { 3, 4 }, { 5, 6 } }, device: TestDevice.Current);
        var x = tensor(new[] { 0.5, -1 }, device: TestDevice.Current);
        Assert.True(autograd.functional.jacobian(v => a.mv(v), x).Equals(a));
        var both = autograd.functional.jacobian((Tensor[] v) => v[0] * v[1].sum(), x, a).ToArray();
        Assert.True(both[0].allclose(eye(2, dtype: float64, device: TestDevice.Current) * 21.0));
        Assert.Equal([2, 3, 2], both[1].shape);
        Assert.True(both[1].allclose(x.view(2, 1, 1).expand(2, 3, 2)));
    }

    [Fact]
    public void Anomaly_mode_names_the_operator_that_made_a_nan()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 0.0 }, device: TestDevice.Current).requires_grad_();
        Assert.False(AnomalyMode.IsEnabled);
        using (autograd.detect_anomaly())
        {
            Assert.True(AnomalyMode.IsEnabled && AnomalyMode.ShouldCheckNaN);
            var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => (x.sqrt() * 0.0).sum().backward());
            Assert.Contains("SqrtBackward", error.Message);
        }
        Assert.False(AnomalyMode.IsEnabled);
    }
}
