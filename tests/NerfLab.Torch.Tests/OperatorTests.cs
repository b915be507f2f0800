using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>Shapes, reductions, selections, products and linear algebra: known results and slow loops.</summary>
public class OperatorTests
{
    /// <summary>An expression, the shape and the elements that must come out.</summary>
    static readonly Dictionary<string, (Func<Tensor> Expression, long[] Shape, double[] Values)> Table = [];

    static void Row(string name, Func<Tensor> expression, long[] shape, params double[] values) => Table.Add(name, (expression, shape, values));

    static Tensor D(params double[] values) => tensor(values, device: TestDevice.Current);
    static Tensor L(params long[] values) => tensor(values, device: TestDevice.Current);
    static Tensor M(params bool[] values) => tensor(values, device: TestDevice.Current);

    /// <summary>0, 1, 2, ... in this shape.</summary>
    static Tensor N(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b), dtype: float64, device: TestDevice.Current).view(shape);

    static OperatorTests()
    {
        var x = new double[] { 3, 1, 2, -1, 5, 4 };
        Func<Tensor> X = () => D(x).view(2, 3);

        // Reductions
        Row("sum", () => X().sum(), [], 14);
        // Not sum(0): the literal 0 is a ScalarType as well, and the overload with that alone wins, in TorchSharp too.
        Row("sum dim", () => X().sum(dim: 0), [3], 2, 6, 6);
        Row("sum dims", () => N(2, 3, 2).sum([0, 2]), [3], 14, 22, 30);
        Row("sum dim0, dim1", () => N(2, 3, 2).sum(0, 2), [3], 14, 22, 30);
        Row("sum of three dims", () => N(2, 3, 2).sum(0, 1, 2, keepdim: true), [1, 1, 1], 66);
        Row("torch.sum span", () => torch.sum(X(), new long[] { 1 }.AsSpan(), keepdim: true), [2, 1], 6, 8);
        Row("nansum", () => D(1, double.NaN, 2).nansum(), [], 3);
        Row("prod", () => X().prod(), [], -120);
        Row("prod dim", () => X().prod(1, keepdim: true), [2, 1], 6, -20);
        Row("mean", () => X().mean(), [], 14.0 / 6);
        Row("mean dims", () => X().mean([1]), [2], 2, 8.0 / 3);
        Row("nanmean", () => D(1, double.NaN, 2).nanmean(), [], 1.5);
        Row("std", () => D(1, 2, 4, 5).std(), [], Math.Sqrt(10.0 / 3));
        Row("var biased", () => D(1, 2, 4, 5).var(unbiased: false), [], 2.5);
        Row("var dim", () => X().var(1), [2], 1, (Math.Pow(11.0 / 3, 2) + Math.Pow(7.0 / 3, 2) + Math.Pow(4.0 / 3, 2)) / 2);
        Row("std of a pair of dims", () => N(2, 3, 2).std((0, 2), unbiased: false), [3], Math.Sqrt(9.25), Math.Sqrt(9.25), Math.Sqrt(9.25));
        Row("std_mean", () => { var (s, m) = std_mean(D(1, 2, 4, 5)); return stack([s, m]); }, [2], Math.Sqrt(10.0 / 3), 3);
        Row("var_mean dim", () => { var (v, m) = X().var_mean(1); return stack([v, m]); }, [2, 2], 1, 31.0 / 3, 2, 8.0 / 3);
        Row("max", () => X().max(), [], 5);
        Row("max dim", () => { var (v, i) = X().max(1); return stack([v, i]); }, [2, 2], 3, 5, 0, 1);
        Row("min dim", () => { var (v, i) = torch.min(X(), 0, true); return cat([v, i.to(float64)]); }, [2, 3], -1, 1, 2, 1, 0, 0);
        Row("amax", () => X().amax([0], true), [1, 3], 3, 5, 4);
        Row("amin of all dims", () => X().amin(0, 1), [], -1);
        Row("aminmax", () => { var (a, b) = X().aminmax(1); return stack([a, b]); }, [2, 2], 1, -1, 3, 5);
        Row("aminmax of all", () => { var (a, b) = aminmax(X()); return stack([a, b]); }, [2], -1, 5);
        Row("argmax", () => X().argmax(), [], 4);
        Row("argmin dim", () => argmin(X(), 1, true), [2, 1], 1, 0);
        Row("median", () => X().median(), [], 2);
        Row("quantile", () => D(0, 10, 20, 30).quantile(D(0.5, 0.1)), [2], 15, 3);
        Row("nanquantile", () => D(0, double.NaN, 10).nanquantile(D(0.5), 0), [1], 5);
        Row("mode", () => { var (v, i) = D(1, 2, 2, 3).mode(); return stack([v, i.sign()]); }, [2], 2, 1);
        Row("kthvalue", () => { var (v, i) = X().kthvalue(2, 1); return stack([v, i]); }, [2, 2], 2, 4, 2, 2);
        Row("all", () => stack([M(true, false).all(), M(true, true).all(), M(false, false).any()]), [3], 0, 1, 0);
        Row("any dim", () => (X() > 4).any(1), [2], 0, 1);
        Row("count_nonzero", () => stack([D(0, 1, 2).count_nonzero(), D(0, 1, 0).count_nonzero([0])]), [2], 2, 1);
        Row("norm", () => D(3, 4).norm(), [], 5);
        Row("norm p=1, dim", () => X().norm(1, false, 1), [2], 6, 10);
        Row("dist", () => D(1, 2).dist(D(4, 6)), [], 5);
        Row("renorm", () => D(3, 4, 0.3, 0.4).view(2, 2).renorm(2, 0, 1), [2, 2], 0.6, 0.8, 0.3, 0.4);
        Row("logsumexp", () => D(0, 0).logsumexp(0), [], Math.Log(2));
        Row("softmax", () => D(0, Math.Log(3)).softmax(0), [2], 0.25, 0.75);
        Row("cumsum", () => X().cumsum(1), [2, 3], 3, 4, 6, -1, 4, 8);
        Row("cumprod", () => cumprod(X(), 0), [2, 3], 3, 1, 2, -3, 5, 8);
        Row("cummax", () => X().cummax(1).values, [2, 3], 3, 3, 3, -1, 5, 5);
        Row("cummin indices", () => cummin(X(), 1).indices, [2, 3], 0, 1, 1, 0, 0, 0);
        Row("logcumsumexp", () => D(0, 0, 0).logcumsumexp(0), [3], 0, Math.Log(2), Math.Log(3));
        Row("diff", () => D(1, 4, 9, 16).diff(2), [2], 2, 2);
        Row("diff with prepend", () => D(1, 4).diff(prepend: D(0)), [2], 1, 3);
        Row("trapezoid", () => D(1, 2, 3).trapezoid(0.5), [], 2);
        Row("trapz by x", () => trapz(D(1, 2, 3), D(0, 1, 3)), [], 6.5);
        Row("cumulative_trapezoid", () => D(1, 2, 3).cumulative_trapezoid(), [2], 1.5, 4);
        Row("histc", () => D(1, 2, 1, 4).histc(4, 1, 4), [4], 2, 1, 0, 1);
        Row("histogram", () => histogram(D(1, 2, 1, 3.9), 2, (0, 4)).hist, [2], 2, 2);
        Row("histogram edges", () => histogram(D(1, 2, 1, 3.9), 2, (0, 4)).bin_edges, [3], 0, 2, 4);
        Row("bincount", () => L(1, 3, 1).bincount(null, 5), [5], 0, 2, 0, 1, 0);
        Row("bincount weighted", () => bincount(L(0, 1, 1), D(0.5, 1, 2)), [2], 0.5, 3);
        Row("cov", () => D(1, 2, 3, 3, 2, 1).view(2, 3).cov(), [2, 2], 1, -1, -1, 1);
        Row("corrcoef", () => D(1, 2, 3, 6, 4, 2).view(2, 3).corrcoef(), [2, 2], 1, -1, -1, 1);

        // Shapes
        Row("view, -1", () => N(6).view(-1, 2), [3, 2], 0, 1, 2, 3, 4, 5);
        Row("reshape of a transpose", () => N(2, 3).t().reshape([6]), [6], 0, 3, 1, 4, 2, 5);
        Row("flatten", () => N(2, 1, 3).flatten(1), [2, 3], 0, 1, 2, 3, 4, 5);
        Row("unflatten", () => N(6).unflatten(0, 2, 3), [2, 3], 0, 1, 2, 3, 4, 5);
        Row("squeeze", () => N(1, 3, 1).squeeze(), [3], 0, 1, 2);
        Row("squeeze dim", () => N(1, 3, 1).squeeze(-1), [1, 3], 0, 1, 2);
        Row("unsqueeze", () => N(2).unsqueeze(-1), [2, 1], 0, 1);
        Row("squeeze_, unsqueeze_", () => N(1, 2).squeeze_().unsqueeze_(1), [2, 1], 0, 1);
        Row("permute", () => N(1, 2, 3).permute(2, 0, 1), [3, 1, 2], 0, 3, 1, 4, 2, 5);
        Row("transpose", () => N(2, 3).transpose(0, -1), [3, 2], 0, 3, 1, 4, 2, 5);
        Row("movedim", () => N(1, 2, 3).movedim([0], [2]), [2, 3, 1], 0, 1, 2, 3, 4, 5);
        Row("T, mT", () => N(2, 3).T + N(2, 3).mT, [3, 2], 0, 6, 2, 8, 4, 10);
        Row("expand", () => N(2, 1).expand(-1, 3), [2, 3], 0, 0, 0, 1, 1, 1);
        Row("expand_as", () => N(3).expand_as(N(2, 3)), [2, 3], 0, 1, 2, 0, 1, 2);
        Row("broadcast_to", () => N(2).broadcast_to(2, 2), [2, 2], 0, 1, 0, 1);
        Row("repeat", () => N(2).repeat(2, 2), [2, 4], 0, 1, 0, 1, 0, 1, 0, 1);
        Row("tile", () => N(2).tile([2]), [4], 0, 1, 0, 1);
        Row("repeat_interleave", () => N(3).repeat_interleave(2), [6], 0, 0, 1, 1, 2, 2);
        Row("repeat_interleave by tensor", () => N(2, 2).repeat_interleave(L(1, 2), 0), [3, 2], 0, 1, 2, 3, 2, 3);
        Row("flip", () => N(2, 3).flip(1), [2, 3], 2, 1, 0, 5, 4, 3);
        Row("roll", () => N(5).roll(2), [5], 3, 4, 0, 1, 2);
        Row("roll dims", () => N(2, 3).roll((1, -1), (0, 1)), [2, 3], 4, 5, 3, 1, 2, 0);
        Row("rot90", () => N(2, 2).rot90(), [2, 2], 1, 3, 0, 2);
        Row("split", () => N(5).split(2)[2], [1], 4);
        Row("split sizes", () => N(5).split([1, 4])[1], [4], 1, 2, 3, 4);
        Row("torch.split", () => torch.split(N(2, 5), [2, 3], 1)[0], [2, 2], 0, 1, 5, 6);
        Row("chunk", () => N(5).chunk(2)[0], [3], 0, 1, 2);
        Row("tensor_split", () => N(5).tensor_split(3)[2], [1], 4);
        Row("tensor_split at", () => N(5).tensor_split([1, 3])[1], [2], 1, 2);
        Row("hsplit", () => N(2, 4).hsplit(2)[1], [2, 2], 2, 3, 6, 7);
        Row("unbind", () => N(2, 3).unbind(1)[1], [2], 1, 4);
        Row("unfold", () => N(5).unfold(0, 3, 2), [2, 3], 0, 1, 2, 2, 3, 4);
        Row("tril", () => N(3, 3).tril(-1), [3, 3], 0, 0, 0, 3, 0, 0, 6, 7, 0);
        Row("triu_", () => N(2, 2).triu_(), [2, 2], 0, 1, 0, 3);
        Row("tril_indices", () => tril_indices(2, 2), [2, 3], 0, 1, 1, 0, 0, 1);
        Row("diag", () => D(1, 2).diag(), [2, 2], 1, 0, 0, 2);
        Row("diagonal", () => N(2, 3).diagonal(1), [2], 1, 5);
        Row("diag_embed", () => D(1, 2).diag_embed(1), [3, 3], 0, 1, 0, 0, 0, 2, 0, 0, 0);
        Row("vander", () => D(1, 2, 3).vander(), [3, 3], 1, 1, 1, 4, 2, 1, 9, 3, 1);
        Row("as_strided", () => N(6).as_strided([2, 2], [3, 1], 1), [2, 2], 1, 2, 4, 5);

        // Joining
        Row("cat", () => cat([N(2, 2), N(1, 2)]), [3, 2], 0, 1, 2, 3, 0, 1);
        Row("cat last", () => cat(new List<Tensor> { N(2, 1), N(2, 2) }, -1), [2, 3], 0, 0, 1, 1, 2, 3);
        Row("stack", () => stack([N(2), N(2) + 5], 1), [2, 2], 0, 5, 1, 6);
        Row("hstack", () => hstack(N(2), N(1)), [3], 0, 1, 0);
        Row("vstack", () => vstack([N(2), N(2)]), [2, 2], 0, 1, 0, 1);
        Row("dstack", () => dstack(N(2), N(2)), [1, 2, 2], 0, 0, 1, 1);
        Row("column_stack", () => column_stack(N(2), N(2)), [2, 2], 0, 0, 1, 1);
        Row("block_diag", () => block_diag(D(1), D(2, 3).view(1, 2)), [2, 3], 1, 0, 0, 0, 2, 3);
        Row("meshgrid ij", () => meshgrid([N(2), N(3)], indexing: "ij")[0], [2, 3], 0, 0, 0, 1, 1, 1);
        Row("meshgrid xy", () => meshgrid([N(2), N(3)], indexing: "xy")[0], [3, 2], 0, 1, 0, 1, 0, 1);
        Row("combinations", () => combinations(N(3)), [3, 2], 0, 1, 0, 2, 1, 2);

        // Selection
        Row("select", () => N(2, 3).select(1, 2), [2], 2, 5);
        Row("narrow", () => N(2, 3).narrow(1, 1, 2), [2, 2], 1, 2, 4, 5);
        Row("slice", () => N(6).slice(0, 1, 6, 2), [3], 1, 3, 5);
        Row("gather", () => N(2, 3).gather(1, L(2, 0, 1, 1).view(2, 2)), [2, 2], 2, 0, 4, 4);
        Row("scatter", () => N(2, 3).scatter(1, L(2, 0).view(2, 1), D(-1, -2).view(2, 1)), [2, 3], 0, 1, -1, -2, 4, 5);
        Row("scatter_add_", () => N(3).scatter_add_(0, L(0, 2, 2), D(1, 2, 3)), [3], 1, 1, 7);
        Row("index_select", () => N(2, 3).index_select(1, L(2, 0)), [2, 2], 2, 0, 5, 3);
        Row("index_add_", () => N(3).index_add_(0, L(1, 1), D(1, 2), 10), [3], 0, 31, 2);
        Row("index_copy", () => N(3).index_copy(0, L(2, 0), D(7, 8)), [3], 8, 1, 7);
        Row("index_fill", () => N(3).index_fill(0, L(1), 9), [3], 0, 9, 2);
        Row("take", () => N(2, 3).take(L(5, 0)), [2], 5, 0);
        Row("take_along_dim", () => N(2, 3).take_along_dim(L(2, 0).view(2, 1), 1), [2, 1], 2, 3);
        Row("take_along_dim numbers", () => N(4).take_along_dim([3, 1], 0), [2], 3, 1);
        Row("masked_fill", () => N(3).masked_fill(M(true, false, true), -1), [3], -1, 1, -1);
        Row("masked_fill_", () => N(3).masked_fill_(N(3) > 1, 7), [3], 0, 1, 7);
        Row("masked_select", () => N(3).masked_select(M(true, false, true)), [2], 0, 2);
        Row("masked_scatter", () => N(3).masked_scatter(M(true, false, true), D(8, 9)), [3], 8, 1, 9);
        Row("where", () => torch.where(N(3) > 0, N(3), D(-5)), [3], -5, 1, 2);
        Row("where numbers", () => torch.where(N(3) > 1, 1, 0), [3], 0, 0, 1);
        Row("where positions", () => torch.where(M(false, true, true))[0], [2], 1, 2);
        Row("nonzero", () => N(2, 2).nonzero(), [3, 2], 0, 1, 1, 0, 1, 1);
        Row("argwhere", () => argwhere(D(0, 2)), [1, 1], 1);
        Row("sort", () => { var (v, i) = D(3, 1, 2).sort(descending: true); return stack([v, i]); }, [2, 3], 3, 2, 1, 0, 2, 1);
        Row("stable sort", () => D(1, 0, 1, 0).sort(stable: true).Indices, [4], 1, 3, 0, 2);
        Row("argsort", () => D(3, 1, 2).argsort(), [3], 1, 2, 0);
        Row("topk", () => { var (v, i) = torch.topk(D(3, 1, 2), 2); return stack([v, i]); }, [2, 2], 3, 2, 0, 2);
        Row("topk smallest", () => D(3, 1, 2).topk(1, largest: false).values, [1], 1);
        Row("searchsorted", () => searchsorted(D(0, 1, 2), D(0.5, 1, 5)), [3], 1, 1, 3);
        Row("searchsorted right", () => searchsorted(D(0, 1, 2), D(0.5, 1, 5), right: true), [3], 1, 2, 3);
        Row("searchsorted batch", () => searchsorted(D(0, 1, 5, 6).view(2, 2), D(0.5, 5.5).view(2, 1)), [2, 1], 1, 1);
        Row("bucketize", () => bucketize(D(0.5, 2), D(0, 1, 2)), [2], 1, 2);
        Row("unique", () => { var (v, inverse, counts) = D(3, 1, 3).unique(return_inverse: true, return_counts: true); return cat([v, inverse!, counts!]); }, [7], 1, 3, 1, 0, 1, 1, 2);
        Row("unique rows", () => torch.unique(D(1, 2, 1, 2, 0, 0).view(3, 2), dim: 0).output, [2, 2], 0, 0, 1, 2);
        Row("unique_consecutive", () => D(1, 1, 2, 1).unique_consecutive().output, [3], 1, 2, 1);
        Row("select_scatter", () => N(2, 2).select_scatter(D(8, 9), 1, 0), [2, 2], 8, 1, 9, 3);
        Row("slice_scatter", () => N(4).slice_scatter(D(8, 9), 0, 1, 3), [4], 0, 8, 9, 3);
        Row("diagonal_scatter", () => N(2, 2).diagonal_scatter(D(8, 9)), [2, 2], 8, 1, 2, 9);

        // Products
        Row("matmul", () => N(2, 2).matmul(N(2, 2)), [2, 2], 2, 3, 6, 11);
        Row("matmul of vectors", () => N(3).matmul(N(3)), [], 5);
        Row("matmul, batched", () => N(2, 1, 2).matmul(N(2, 1)), [2, 1, 1], 1, 3);
        Row("mv", () => N(2, 2).mv(D(1, 2)), [2], 2, 8);
        Row("bmm", () => N(2, 1, 2).bmm(N(2, 2, 1)), [2, 1, 1], 1, 13);
        Row("outer", () => D(1, 2).outer(D(3, 4)), [2, 2], 3, 4, 6, 8);
        Row("kron", () => D(1, 2).kron(D(1, 10)), [4], 1, 10, 2, 20);
        Row("addmm", () => D(1).addmm(N(2, 2), N(2, 2), 10, 2), [2, 2], 14, 16, 22, 32);
        Row("einsum", () => einsum("bij,bj->bi", N(2, 2, 2), N(2, 2)), [2, 2], 1, 3, 23, 33);
        Row("einsum trace", () => einsum("ii", N(3, 3)), [], 12);
        Row("tensordot", () => N(2, 2).tensordot(N(2, 2)), [], 14);
        Row("tensordot dims", () => N(2, 3).tensordot(N(2, 3), [1], [1]), [2, 2], 5, 14, 14, 50);
        Row("cross", () => linalg.cross(D(1, 0, 0), D(0, 1, 0)), [3], 0, 0, 1);
        Row("cdist", () => cdist(D(0, 0).view(1, 2), D(3, 4, 0, 1).view(2, 2)), [1, 2], 5, 1);
        Row("matrix_power", () => D(1, 1, 1, 0).view(2, 2).matrix_power(6), [2, 2], 13, 8, 8, 5);
        Row("matrix_exp of a rotation", () => D(0, -1, 1, 0).view(2, 2).matrix_exp(), [2, 2], Math.Cos(1), -Math.Sin(1), Math.Sin(1), Math.Cos(1));

        // Linear algebra
        Row("det", () => D(1, 2, 3, 4).view(2, 2).det(), [], -2);
        Row("slogdet", () => { var (sign, log) = slogdet(D(1, 2, 3, 4).view(2, 2)); return stack([sign, log]); }, [2], -1, Math.Log(2));
        Row("inverse", () => D(1, 2, 3, 4).view(2, 2).inverse(), [2, 2], -2, 1, 1.5, -0.5);
        Row("solve", () => linalg.solve(D(2, 0, 0, 4).view(2, 2), D(1, 2)), [2], 0.5, 0.5);
        Row("cholesky", () => linalg.cholesky(D(4, 2, 2, 5).view(2, 2)), [2, 2], 2, 0, 1, 2);
        Row("eigh", () => linalg.eigh(D(2, 1, 1, 2).view(2, 2)).Item1, [2], 1, 3);
        Row("svdvals", () => linalg.svdvals(D(3, 0, 0, -2).view(2, 2)), [2], 3, 2);
        Row("lstsq", () => linalg.lstsq(D(1, 1, 1, 2, 1, 3).view(3, 2), D(1, 3, 5).view(3, 1)).Solution, [2, 1], -1, 2);
        Row("pinv", () => linalg.pinv(D(1, 0, 0, 2, 0, 0).view(3, 2)), [2, 3], 1, 0, 0, 0, 0.5, 0);
        Row("matrix_rank", () => linalg.matrix_rank(D(1, 2, 2, 4).view(2, 2)), [], 1);
        Row("solve_triangular", () => linalg.solve_triangular(D(2, 0, 1, 1).view(2, 2), D(4, 5).view(2, 1), upper: false), [2, 1], 2, 3);
        Row("lu of torch", () => { var (a, p, _) = torch.lu(D(1, 2, 3, 4).view(2, 2)); var (P, l, u) = lu_unpack(a, p!); return P.mm(l!).mm(u!); }, [2, 2], 1, 2, 3, 4);
        Row("qr product", () => { var (q, r) = linalg.qr(D(1, 2, 3, 4).view(2, 2)); return q.mm(r); }, [2, 2], 1, 2, 3, 4);
        Row("norms", () => stack([linalg.norm(D(3, -4)), linalg.norm(D(3, -4), 1), linalg.norm(D(3, -4), double.PositiveInfinity), linalg.matrix_norm(D(3, 0, 0, 4).view(2, 2)), linalg.matrix_norm(D(3, 0, 0, 4).view(2, 2), "nuc")]), [5], 5, 7, 4, 5, 7);
        Row("householder qr", () => { var (a, tau) = D(1, 2, 3, 4).view(2, 2).geqrf(); return linalg.householder_product(a, tau).mm(a.triu()); }, [2, 2], 1, 2, 3, 4);

        // Fourier transforms
        Row("fft", () => fft.fft_(D(1, 0, 0, 0)).view_as_real(), [4, 2], 1, 0, 1, 0, 1, 0, 1, 0);
        Row("rfft", () => fft.rfft(D(1, 2, 3, 4)).view_as_real(), [3, 2], 10, 0, -2, 2, -2, 0);
        Row("irfft inverts", () => fft.irfft(fft.rfft(D(1, 2, 3, 4))), [4], 1, 2, 3, 4);
        Row("irfft, odd length", () => fft.irfft(fft.rfft(D(1, 2, 3)), 3), [3], 1, 2, 3);
        Row("fft2, ortho", () => fft.ifft2(fft.fft2(N(2, 2), norm: FFTNormType.Ortho), norm: FFTNormType.Ortho).real, [2, 2], 0, 1, 2, 3);
        Row("fftfreq", () => fft.fftfreq(4, 0.5, float64), [4], 0, 0.5, -1, -0.5);
        Row("rfftfreq", () => fft.rfftfreq(4, dtype: float64), [3], 0, 0.25, 0.5);
        Row("fftshift", () => fft.fftshift(N(5)), [5], 3, 4, 0, 1, 2);
        Row("ifftshift", () => fft.ifftshift(fft.fftshift(N(5))), [5], 0, 1, 2, 3, 4);

        // Copies and complex numbers
        Row("copy_ converts", () => zeros(2, dtype: float64, device: TestDevice.Current).copy_(L(3, 4)), [2], 3, 4);
        Row("fill_, zero_", () => cat([N(2).fill_(7), N(1).zero_()]), [3], 7, 7, 0);
        Row("set_", () => N(3).set_(D(4, 5)), [2], 4, 5);
        Row("complex", () => complex(D(1), D(2)).view_as_real(), [1, 2], 1, 2);
        Row("polar", () => polar(D(2), D(Math.PI / 2)).imag, [1], 2);
        Row("conj", () => (complex(D(1), D(2)) * complex(D(1), D(2)).conj()).real, [1], 5);
        Row("view_as_complex", () => N(2, 2).view_as_complex().imag, [2], 1, 3);
        Row("sparse and back", () => D(0, 3, 0, 4).view(2, 2).to_sparse().to_dense(), [2, 2], 0, 3, 0, 4);
        Row("sparse values", () => D(0, 3, 0, 4).view(2, 2).to_sparse().SparseValues, [2], 3, 4);
    }

    public static TheoryData<string> Names => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Known_result(string name)
    {
        using var scope = NewDisposeScope();
        var (expression, shape, expected) = Table[name];
        var result = expression();
        Assert.Equal(shape, result.shape);
        var values = result.to(float64).cpu().contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(values[i] - expected[i]) < 1e-6 * (1 + Math.Abs(expected[i])), $"{name}: element {i} is {values[i]}, expected {expected[i]}");
    }

    [Fact]
    public void A_matrix_product_is_the_sum_of_products()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var (a, b) = (rand([7, 5], dtype: float64, generator: random), rand([5, 6], dtype: float64, generator: random));
        var product = a.mm(b);
        for (int i = 0; i < 7; i++)
            for (int j = 0; j < 6; j++)
                Assert.Equal(Enumerable.Range(0, 5).Sum(k => a[i, k].ToDouble() * b[k, j].ToDouble()), product[i, j].ToDouble(), 12);
    }

    [Fact]
    public void A_transform_is_the_sum_of_its_definition()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var x = rand([9], dtype: float64, generator: random);
        var values = x.data<double>().ToArray();
        var spectrum = fft.rfft(x).data<System.Numerics.Complex>().ToArray();
        for (int f = 0; f < spectrum.Length; f++)
        {
            var sum = System.Numerics.Complex.Zero;
            for (int n = 0; n < values.Length; n++) sum += values[n] * System.Numerics.Complex.Exp(new(0, -2 * Math.PI * f * n / values.Length));
            Assert.True(System.Numerics.Complex.Abs(sum - spectrum[f]) < 1e-12);
        }
    }

    [Fact]
    public void In_place_operators_return_the_same_object_and_change_views()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 2, device: TestDevice.Current);
        Assert.Same(x, x.add_(1));
        x[0].mul_(5);
        x.t()[1].sub_(3f);
        Assert.Equal([5f, 2, 1, -2], x.cpu().data<float>().ToArray());
        Assert.NotSame(x, x.contiguous());
    }

    public static TheoryData<string, string[]> Mistakes => new()
    {
        { "mm", ["2x3 and 2x3", "aten::mm([2, 3], [2, 3])"] },
        { "matmul", ["aten::matmul([2, 3], [4, 2])"] },
        { "add", ["size of tensor a (3) must match the size of tensor b (4)", "aten::add([2, 3], [4])"] },
        { "add_", ["aten::add_([2, 3], [4])"] },
        { "cat", ["aten::cat([2, 3], [2, 4])"] },
        { "stack", ["aten::stack([2, 3], [2, 4])"] },
        { "gather", ["aten::gather([2, 3], [3, 3])"] },
        { "gather, value", ["index 7 is out of bounds for dimension 1 with size 3", "aten::gather([2, 3], [1, 1])"] },
        { "view", ["shape '[4, 2]' is invalid for input of size 6", "aten::view([2, 3])"] },
        { "view of transposed", ["aten::view([3, 2])"] },
        { "reshape", ["shape '[5]' is invalid for input of size 6", "aten::reshape([2, 3])"] },
        { "expand", ["aten::expand([2, 3])"] },
        { "einsum", ["aten::einsum([2, 3], [2, 3])"] },
        { "dimension", ["aten::sum([2, 3])", "range of [-2, 1], but got 5"] },
        { "index", ["index 5 out of range", "aten::select([2, 3])"] },
        { "index by tensor", ["index 9 is out of bounds", "aten::index([2, 3], [1])"] },
        { "where", ["aten::where([2, 3], [2, 3], [4])"] },
        { "masked_fill", ["aten::masked_fill([2, 3], [4])"] },
        { "conv2d", ["aten::conv2d([1, 3, 8, 8], [4, 2, 3, 3])"] },
        { "linear", ["aten::linear([2, 3], [5, 4])"] },
        { "singular", ["aten::linalg_inv([2, 2])", "singular"] },
        { "permute", ["aten::permute([2, 3])"] },
        { "squares", ["aten::linalg_det([2, 3])"] },
        { "searchsorted", ["aten::searchsorted([2, 3], [3, 1])"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistakes_name_the_operator_and_all_shapes(string name, string[] parts)
    {
        using var scope = NewDisposeScope();
        var a = N(2, 3);
        var error = Assert.Throws<ExternalException>(() => name switch
        {
            "mm" => a.mm(a),
            "matmul" => a.matmul(N(4, 2)),
            "add" => a + N(4),
            "add_" => a.add_(N(4)),
            "cat" => cat([a, N(2, 4)]),
            "stack" => stack([a, N(2, 4)]),
            "gather" => a.gather(1, zeros(3, 3, dtype: int64, device: TestDevice.Current)),
            // On a GPU a wrong index ends the process: this is for the CPU alone.
            "gather, value" => a.cpu().gather(1, L(7).view(1, 1).cpu()),
            "view" => a.view(4, 2),
            "view of transposed" => a.t().view(6),
            "reshape" => a.reshape(5),
            "expand" => a.expand(3, 3),
            "einsum" => einsum("ij,jk->ik", a, a),
            "dimension" => a.sum(5),
            "index" => a[5],
            "index by tensor" => a.cpu()[L(9).cpu()],
            "where" => torch.where(a > 1, a, N(4)),
            "masked_fill" => a.masked_fill(N(4) > 1, 0),
            "conv2d" => nn.functional.conv2d(N(1, 3, 8, 8), N(4, 2, 3, 3)),
            "linear" => nn.functional.linear(a, N(5, 4)),
            "singular" => linalg.inv(zeros(2, 2, dtype: float64, device: TestDevice.Current)),
            "permute" => a.permute(0, 0),
            "squares" => linalg.det(a),
            "searchsorted" => searchsorted(a, N(3, 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        });
        foreach (var part in parts) Assert.Contains(part, error.Message);
        Assert.Equal(2, error.Message.Split('\n').Length);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var x = ones(2);
        x.Dispose();
        Assert.Equal("Tensor invalid -- empty handle.", Assert.Throws<InvalidOperationException>(() => x + 1).Message);
        Assert.Contains("element 1", Assert.Throws<ArgumentNullException>(() => cat([ones(2), null!])).Message);
    }
}
