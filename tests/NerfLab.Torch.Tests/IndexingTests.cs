using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>Index expressions against slow loops over all elements.</summary>
public class IndexingTests
{
    const int A = 4, B = 5, C = 6;

    /// <summary>Element (i, j, k) holds 100 i + 10 j + k, so that every value tells where it came from.</summary>
    static Tensor Numbered() => tensor(Enumerable.Range(0, A * B * C).Select(n => 100f * (n / (B * C)) + 10 * (n / C % B) + n % C).ToArray(), [A, B, C], device: TestDevice.Current);

    static Tensor Whole(params long[] values) => tensor(values, device: TestDevice.Current);

    static TensorIndex Of(Tensor indices) => TensorIndex.Tensor(indices);

    static Tensor Mask(params bool[] values) => tensor(values, device: TestDevice.Current);

    /// <summary>The mask over the last two dimensions that holds where 10 j + k is a multiple of seven.</summary>
    static bool Sevens(long j, long k) => (10 * j + k) % 7 == 0;

    static Tensor SevensMask() => tensor(Enumerable.Range(0, B * C).Select(n => Sevens(n / C, n % C)).ToArray(), [B, C], device: TestDevice.Current);

    static float[] Values(Tensor t) => t.cpu().contiguous().data<float>().ToArray();

    static IEnumerable<long> Every(long count, Func<long, bool>? which = null) => Enumerable.Range(0, (int)count).Select(i => (long)i).Where(which ?? (_ => true));

    /// <summary>An index expression, the shape that it selects and the elements in their order.</summary>
    sealed record Case(Func<TensorIndex[]> Index, long[] Shape, IEnumerable<(long I, long J, long K)> Elements);

    static IEnumerable<(long, long, long)> Product(IEnumerable<long> i, IEnumerable<long> j, IEnumerable<long> k) => from a in i from b in j from c in k select (a, b, c);

    static readonly Dictionary<string, Case> Table = new()
    {
        ["[2]"] = new(() => [2], [B, C], Product([2], Every(B), Every(C))),
        ["[-1]"] = new(() => [-1], [B, C], Product([A - 1], Every(B), Every(C))),
        ["[^1, 0]"] = new(() => [^1, 0], [C], Product([A - 1], [0], Every(C))),
        ["[1, 2, 3]"] = new(() => [1, 2, 3], [], Product([1], [2], [3])),
        ["[..]"] = new(() => [Range.All], [A, B, C], Product(Every(A), Every(B), Every(C))),
        ["[1..3]"] = new(() => [1..3], [2, B, C], Product([1, 2], Every(B), Every(C))),
        ["[.., 1..^1]"] = new(() => [Range.All, 1..^1], [A, B - 2, C], Product(Every(A), Every(B, j => j is > 0 and < B - 1), Every(C))),
        ["[^2.., ..2]"] = new(() => [(^2..), (..2)], [2, 2, C], Product([A - 2, A - 1], [0, 1], Every(C))),
        ["[3..3]"] = new(() => [3..3], [0, B, C], []),
        ["[2..99]"] = new(() => [2..99], [A - 2, B, C], Product(Every(A, i => i >= 2), Every(B), Every(C))),
        ["[0..^0]"] = new(() => [0..^0], [A, B, C], Product(Every(A), Every(B), Every(C))),
        ["[::2 of dim 1]"] = new(() => [TensorIndex.Colon, TensorIndex.Slice(null, null, 2)], [A, 3, C], Product(Every(A), [0, 2, 4], Every(C))),
        ["[1::3 of dim 2]"] = new(() => [TensorIndex.Ellipsis, TensorIndex.Slice(1, null, 3)], [A, B, 2], Product(Every(A), Every(B), [1, 4])),
        ["[(1, 3)]"] = new(() => [(1, 3)], [2, B, C], Product([1, 2], Every(B), Every(C))),
        ["[..., 2]"] = new(() => [TensorIndex.Ellipsis, 2], [A, B], Product(Every(A), Every(B), [2])),
        ["[..., ^1]"] = new(() => [TensorIndex.Ellipsis, ^1], [A, B], Product(Every(A), Every(B), [C - 1])),
        ["[1, ..., 2]"] = new(() => [1, TensorIndex.Ellipsis, 2], [B], Product([1], Every(B), [2])),
        ["[1, 2, 3, ...]"] = new(() => [1, 2, 3, TensorIndex.Ellipsis], [], Product([1], [2], [3])),
        ["[None]"] = new(() => [TensorIndex.None], [1, A, B, C], Product(Every(A), Every(B), Every(C))),
        ["[..., None]"] = new(() => [TensorIndex.Ellipsis, TensorIndex.None], [A, B, C, 1], Product(Every(A), Every(B), Every(C))),
        ["[2, None, :, None, 1..3]"] = new(() => [2, TensorIndex.None, TensorIndex.Colon, TensorIndex.None, 1..3], [1, B, 1, 2], Product([2], Every(B), [1, 2])),
        ["[true]"] = new(() => [TensorIndex.Bool(true)], [1, A, B, C], Product(Every(A), Every(B), Every(C))),
        ["[false]"] = new(() => [TensorIndex.Bool(false)], [0, A, B, C], []),
        ["[tensor]"] = new(() => [Of(Whole(3, 0, 3))], [3, B, C], Product([3, 0, 3], Every(B), Every(C))),
        ["[tensor of two dimensions]"] = new(() => [Of(Whole(3, 0, 1, 1).view(2, 2))], [2, 2, B, C], Product([3, 0, 1, 1], Every(B), Every(C))),
        ["[:, tensor]"] = new(() => [Range.All, Of(Whole(-1, 0))], [A, 2, C], Product(Every(A), [B - 1, 0], Every(C))),
        ["[..., tensor]"] = new(() => [TensorIndex.Ellipsis, Of(Whole(5, 0))], [A, B, 2], Product(Every(A), Every(B), [5, 0])),
        ["[1..3, tensor, ^1]"] = new(() => [1..3, Of(Whole(4, 0)), ^1], [2, 2], Product([1, 2], [4, 0], [C - 1])),
        ["[tensor, tensor]: pairs"] = new(() => [Of(Whole(0, 2, 3)), Of(Whole(1, 1, 4))], [3, C], from p in new[] { (0L, 1L), (2, 1), (3, 4) } from k in Every(C) select (p.Item1, p.Item2, k)),
        ["[:, tensor, tensor]: pairs"] = new(() => [Range.All, Of(Whole(1, 4)), Of(Whole(0, 5))], [A, 2], from i in Every(A) from p in new[] { (1L, 0L), (4, 5) } select (i, p.Item1, p.Item2)),
        ["[tensor, :, tensor]: pairs in front"] = new(() => [Of(Whole(1, 3)), Range.All, Of(Whole(0, 5))], [2, B], from p in new[] { (1L, 0L), (3, 5) } from j in Every(B) select (p.Item1, j, p.Item2)),
        ["[column, row]: broadcast"] = new(() => [Of(Whole(0, 3).view(2, 1)), Of(Whole(1, 2, 4))], [2, 3, C], Product([0, 3], [1, 2, 4], Every(C))),
        ["[mask]"] = new(() => [Of(Mask(true, false, false, true))], [2, B, C], Product([0, 3], Every(B), Every(C))),
        ["[:, mask]"] = new(() => [Range.All, Of(Mask(false, true, false, false, true))], [A, 2, C], Product(Every(A), [1, 4], Every(C))),
        ["[nothing of a mask]"] = new(() => [Of(Mask(false, false, false, false))], [0, B, C], []),
        ["[:, mask of two dimensions]"] = new(() => [Range.All, Of(SevensMask())], [A, 5], from i in Every(A) from j in Every(B) from k in Every(C) where Sevens(j, k) select (i, j, k)),
        ["[..., mask of two dimensions]"] = new(() => [TensorIndex.Ellipsis, Of(SevensMask())], [A, 5], from i in Every(A) from j in Every(B) from k in Every(C) where Sevens(j, k) select (i, j, k)),
        ["[2, mask of two dimensions]"] = new(() => [2, Of(SevensMask())], [5], from j in Every(B) from k in Every(C) where Sevens(j, k) select (2L, j, k)),
        ["[tensor, mask of two dimensions]: pairs"] = new(() => [Of(Whole(0, 1, 2, 3, 0)), Of(SevensMask())], [5],
            (from j in Every(B) from k in Every(C) where Sevens(j, k) select (j, k)).Select((p, n) => ((long)n % 4, p.j, p.k))),
        ["[mask of three dimensions]"] = new(() => [Of(Numbered() % 13 < 1)], [9], from i in Every(A) from j in Every(B) from k in Every(C) where (100 * i + 10 * j + k) % 13 == 0 select (i, j, k)),
        ["[mask of the first two, number]"] = new(() => [Of(Numbered()[.., .., 0] % 3 < 1), 2], [7], from i in Every(A) from j in Every(B) where (100 * i + 10 * j) % 3 == 0 select (i, j, 2L)),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    static float Number((long I, long J, long K) at) => 100 * at.I + 10 * at.J + at.K;

    [Theory]
    [MemberData(nameof(Names))]
    public void Reading(string name)
    {
        using var scope = NewDisposeScope();
        var result = Numbered()[Table[name].Index()];
        Assert.Equal(Table[name].Shape, result.shape);
        Assert.Equal(Table[name].Elements.Select(Number), Values(result));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Assigning_one_value_changes_these_elements_only(string name)
    {
        using var scope = NewDisposeScope();
        var x = Numbered();
        x[Table[name].Index()] = tensor(-1f, device: TestDevice.Current);
        Assert.Equal(Changed(Table[name], (_, _) => -1), Values(x));
        var y = Numbered();
        Assert.Same(y, y.index_put_(-1, Table[name].Index()));
        Assert.Equal(Values(x), Values(y));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Assigning_a_tensor_puts_its_elements_in_order(string name)
    {
        using var scope = NewDisposeScope();
        var at = Table[name];
        var x = Numbered();
        // With repeated indices, any of the values written to an element may stay: they are made equal.
        var values = at.Elements.Select(e => -Number(e) - 1).ToArray();
        x[at.Index()] = tensor(values, at.Shape, device: TestDevice.Current);
        Assert.Equal(Changed(at, (old, _) => -old - 1), Values(x));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Accumulating_adds_once_for_every_mention(string name)
    {
        using var scope = NewDisposeScope();
        var at = Table[name];
        var x = Numbered();
        x.index_put_(tensor(Enumerable.Repeat(1000f, at.Elements.Count()).ToArray(), at.Shape, device: TestDevice.Current), at.Index(), accumulate: true);
        Assert.Equal(Changed(at, (old, mentions) => old + 1000 * mentions), Values(x));
    }

    static float[] Changed(Case at, Func<float, int, float> change)
    {
        var mentions = at.Elements.GroupBy(e => e).ToDictionary(g => g.Key, g => g.Count());
        return [.. Product(Every(A), Every(B), Every(C)).Select(e => mentions.TryGetValue(e, out int n) ? change(Number(e), n) : Number(e))];
    }

    [Fact]
    public void Shorthands_agree_with_index_expressions()
    {
        using var scope = NewDisposeScope();
        var x = Numbered();
        Assert.Equal(321f, x[3][2][1].ToSingle());
        Assert.Equal(321f, x[3, 2, 1].ToSingle());
        Assert.Equal(321f, x[3, 2][1].ToSingle());
        Assert.Equal([300f, 310, 320, 330, 340], Values(x[3, TensorIndex.Colon, 0]));
        Assert.Equal(Values(x[Whole(1, 2)]), Values(x[1..3]));
        Assert.Equal(Values(x.index(Whole(1), Whole(2))), Values(x[1, 2]));
        x[0, 1] = x[3, 1];
        x[1, 1, 1] = -5f;
        Assert.Equal(310f, x[0, 1, 0].ToSingle());
        Assert.Equal(-5f, x[1, 1, 1].ToSingle());
    }

    [Fact]
    public void Ranges_are_views_and_tensors_copy()
    {
        using var scope = NewDisposeScope();
        var x = Numbered();
        x[1..2].zero_();
        Assert.Equal(0f, x[1].abs().max().ToSingle());
        x[Whole(2)].zero_();
        Assert.Equal(200f, x[2, 0, 0].ToSingle());
        x[2] *= 2;
        Assert.Equal(400f, x[2, 0, 0].ToSingle());
    }

    [Fact]
    public void An_assigned_tensor_is_converted_and_broadcast()
    {
        using var scope = NewDisposeScope();
        var x = Numbered();
        x[.., 1] = tensor(new double[] { 0, 1, 2, 3, 4, 5 }, device: TestDevice.Current);
        Assert.Equal([0f, 1, 2, 3, 4, 5], Values(x[3, 1]));
        x[x > 300] = tensor(-1.0, device: TestDevice.Current);
        Assert.Equal(300f, x.max().ToSingle());
        x[Whole(0, 1), Whole(0, 0)] = tensor(new[] { 7, 8 }, device: TestDevice.Current).view(2, 1);
        Assert.Equal([8f, 8, 8, 8, 8, 8], Values(x[1, 0]));
    }

    [Fact]
    public void What_cannot_be_selected_is_refused()
    {
        using var scope = NewDisposeScope();
        var x = Numbered();
        Assert.Contains("index 4 out of range", Assert.ThrowsAny<Exception>(() => x[4]).Message);
        Assert.Contains("index -5 out of range", Assert.ThrowsAny<Exception>(() => x[-5]).Message);
        Assert.Contains("too many indices for tensor of dimension 3", Assert.ThrowsAny<Exception>(() => x[0, 0, 0, 0]).Message);
        Assert.Matches("index 7 is out of bounds .* with size 5", Assert.ThrowsAny<Exception>(() => x.cpu()[.., Of(Whole(0, 7).cpu())]).Message);
        Assert.Contains("one ellipsis", Assert.ThrowsAny<Exception>(() => x[TensorIndex.Ellipsis, 0, TensorIndex.Ellipsis]).Message);
        Assert.Contains("mask [3] at index 0 does not match the shape of the indexed tensor [4, 5, 6] at index 0", Assert.ThrowsAny<Exception>(() => x[Mask(true, false, true)]).Message);
        Assert.Contains("shape mismatch", Assert.ThrowsAny<Exception>(() => x[Whole(0, 1), Whole(0, 1, 2)]).Message);
        Assert.Equal(Values(Numbered()), Values(x));
    }
}
